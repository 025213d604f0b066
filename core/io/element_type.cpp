// One table of the types, by their names in both formats, and the conversion of each.
#include <reel/core/io/detail/element_type.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

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

// The upper half of a binary16.
float float_from_f8_e5m2(std::uint8_t bits) { return float_from_f16(static_cast<std::uint16_t>(bits << 8)); }

// Exponents are biased by 7; there is no infinity, and the largest pattern is NaN.
float float_from_f8_e4m3(std::uint8_t bits) {
  const int exponent = bits >> 3 & 15, mantissa = bits & 7;
  const float sign = (bits & 0x80) != 0 ? -1.0f : 1.0f;
  if (exponent == 15 && mantissa == 7) return std::copysign(std::numeric_limits<float>::quiet_NaN(), sign);
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -9);
  return sign * std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
}

template <class Element>
Element element_as_is(Element element) {
  return element;
}
bool is_true_byte(std::uint8_t element) { return element != 0; }

template <class Element, auto kConvert>
void decode_each(std::string_view bytes, std::span<Scalar> out, std::endian order) {
  const char* next = bytes.data();
  for (Scalar& value : out) {
    std::array<char, sizeof(Element)> raw;
    std::copy_n(next, raw.size(), raw.begin());
    if (order != std::endian::native) std::reverse(raw.begin(), raw.end());
    value = static_cast<Scalar>(kConvert(std::bit_cast<Element>(raw)));
    next += raw.size();
  }
}

struct ElementFormat {
  ElementType type;
  std::size_t size;
  std::string_view safetensors;
  std::array<std::string_view, 11> numpy;  // all that numpy.dtype takes on Linux; empty where it has none
  void (*decode)(std::string_view bytes, std::span<Scalar> out, std::endian order);
};

template <class Element, auto kConvert = element_as_is<Element>>
constexpr ElementFormat element_format(ElementType type, std::string_view safetensors,
                                       const std::array<std::string_view, 11>& numpy = {}) {
  return {type, sizeof(Element), safetensors, numpy, decode_each<Element, kConvert>};
}

// In the order of ElementType.
constexpr std::array kFormats{
    element_format<std::uint8_t, is_true_byte>(ElementType::kBool, "BOOL", {"b1", "bool", "?", "bool_"}),
    element_format<std::int8_t>(ElementType::kI8, "I8", {"i1", "int8", "b", "byte"}),
    element_format<std::uint8_t>(ElementType::kU8, "U8", {"u1", "uint8", "B", "ubyte"}),
    element_format<std::int16_t>(ElementType::kI16, "I16", {"i2", "int16", "h", "short"}),
    element_format<std::uint16_t>(ElementType::kU16, "U16", {"u2", "uint16", "H", "ushort"}),
    element_format<std::int32_t>(ElementType::kI32, "I32", {"i4", "int32", "i", "intc"}),
    element_format<std::uint32_t>(ElementType::kU32, "U32", {"u4", "uint32", "I", "uintc"}),
    element_format<std::int64_t>(
        ElementType::kI64, "I64",
        {"i8", "int64", "q", "l", "p", "n", "int", "int_", "intp", "long", "longlong"}),
    element_format<std::uint64_t>(
        ElementType::kU64, "U64",
        {"u8", "uint64", "Q", "L", "P", "N", "uint", "uintp", "ulong", "ulonglong"}),
    element_format<std::uint8_t, float_from_f8_e4m3>(ElementType::kF8E4M3, "F8_E4M3"),
    element_format<std::uint8_t, float_from_f8_e5m2>(ElementType::kF8E5M2, "F8_E5M2"),
    element_format<std::uint16_t, float_from_f16>(ElementType::kF16, "F16", {"f2", "float16", "e", "half"}),
    element_format<std::uint16_t, float_from_bf16>(ElementType::kBF16, "BF16"),
    element_format<float>(ElementType::kF32, "F32", {"f4", "float32", "f", "single"}),
    element_format<double>(ElementType::kF64, "F64", {"f8", "float64", "d", "double", "float"}),
};

const ElementFormat& format_of(ElementType type) { return kFormats[static_cast<std::size_t>(type)]; }

template <class IsCalled>
std::optional<ElementType> type_where(IsCalled&& is_called) {
  const auto* const found = std::ranges::find_if(kFormats, is_called);
  return found == kFormats.end() ? std::nullopt : std::optional(found->type);
}

}  // namespace

std::optional<ElementType> safetensors_type(std::string_view name) {
  return type_where([&](const ElementFormat& format) { return format.safetensors == name; });
}

std::optional<ElementType> numpy_type(std::string_view name) {
  if (name.empty()) return std::nullopt;
  return type_where([&](const ElementFormat& format) {
    return std::ranges::find(format.numpy, name) != format.numpy.end();
  });
}

std::string_view safetensors_name(ElementType type) { return format_of(type).safetensors; }

std::size_t element_size(ElementType type) { return format_of(type).size; }

bool is_integer(ElementType type) { return type >= ElementType::kI8 && type <= ElementType::kU64; }

void decode(ElementType type, std::string_view bytes, std::span<Scalar> out, std::endian order) {
  format_of(type).decode(bytes, out, order);
}

std::int64_t decode_integer(ElementType type, std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little, "the bytes are copied as they lie in memory");
  const std::size_t size = element_size(type);
  std::int64_t value = 0;
  std::memcpy(&value, bytes.data(), size);
  const bool is_signed = format_of(type).safetensors.starts_with('I');
  const auto unused = 8 * (sizeof value - size);
  return is_signed ? static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused : value;
}

}  // namespace reel::inline REEL_PRECISION
