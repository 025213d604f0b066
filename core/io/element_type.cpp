#include <reel/core/io/element_type.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace reel::inline REEL_PRECISION {
namespace {

float float_from_f16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31u, mantissa = bits & 0x3FFu;
  if (exponent == 0) {  // zero or subnormal: a multiple of 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 127 - 15;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

float float_from_bf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

template <class Element, class Convert>
void decode_each(std::string_view bytes, std::span<Scalar> out, std::endian order, Convert convert) {
  const char* next = bytes.data();
  for (Scalar& value : out) {
    std::array<char, sizeof(Element)> raw;
    std::copy_n(next, raw.size(), raw.begin());
    if (order != std::endian::native) std::reverse(raw.begin(), raw.end());
    value = static_cast<Scalar>(convert(std::bit_cast<Element>(raw)));
    next += raw.size();
  }
}

}  // namespace

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::kF16:
    case ElementType::kBF16:
      return 2;
    case ElementType::kF32:
      return 4;
    case ElementType::kF64:
      return 8;
  }
  return 0;
}

void decode(ElementType type, std::string_view bytes, std::span<Scalar> out, std::endian order) {
  const auto as_is = [](auto value) { return value; };
  switch (type) {
    case ElementType::kF16:
      return decode_each<std::uint16_t>(bytes, out, order, float_from_f16);
    case ElementType::kBF16:
      return decode_each<std::uint16_t>(bytes, out, order, float_from_bf16);
    case ElementType::kF32:
      return decode_each<float>(bytes, out, order, as_is);
    case ElementType::kF64:
      return decode_each<double>(bytes, out, order, as_is);
  }
}

}  // namespace reel::inline REEL_PRECISION
