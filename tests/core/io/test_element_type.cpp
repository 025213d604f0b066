#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/io/element_type.h>

using namespace reel;

namespace {

template <class Bits>
Scalar decoded(ElementType type, Bits bits) {
  char raw[sizeof bits];
  std::memcpy(raw, &bits, sizeof bits);
  Scalar value = 0;
  decode(type, {raw, sizeof raw}, {&value, 1});
  return value;
}
Scalar f16(int bits) { return decoded(ElementType::kF16, static_cast<std::uint16_t>(bits)); }
Scalar bf16(int bits) { return decoded(ElementType::kBF16, static_cast<std::uint16_t>(bits)); }

constexpr Scalar kInf = std::numeric_limits<Scalar>::infinity();

}  // namespace

TEST_CASE("F16: known bit patterns") {
  CHECK(f16(0x3C00) == 1);
  CHECK(f16(0xC000) == -2);
  CHECK(f16(0x3555) == Scalar(0.333251953125));
  CHECK(f16(0x7BFF) == 65504);                   // the largest
  CHECK(f16(0x0400) == Scalar(0x1p-14));         // the smallest normal
  CHECK(f16(0x03FF) == Scalar(1023 * 0x1p-24));  // the largest subnormal
  CHECK(f16(0x8001) == Scalar(-0x1p-24));        // the smallest subnormal
  CHECK(f16(0x7C00) == kInf);
  CHECK(f16(0xFC00) == -kInf);
  CHECK(std::isnan(f16(0x7E00)));
  CHECK(std::isnan(f16(0xFC01)));
  CHECK(f16(0x8000) == 0);
  CHECK(std::signbit(f16(0x8000)));
}

TEST_CASE("F16: every finite pattern is its sign, exponent and mantissa") {
  for (int bits = 0; bits < 0x10000; bits++) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 0x3FF;
    if (exponent == 31) continue;
    const double magnitude =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    const double value = bits & 0x8000 ? -magnitude : magnitude;
    if (static_cast<double>(f16(bits)) != value) FAIL("pattern ", bits);
  }
}

TEST_CASE("BF16: known bit patterns") {
  CHECK(bf16(0x3F80) == 1);
  CHECK(bf16(0xC049) == Scalar(-3.140625));
  CHECK(bf16(0x0001) == Scalar(0x1p-133));  // a subnormal
  CHECK(bf16(0x7F80) == kInf);
  CHECK(bf16(0xFF80) == -kInf);
  CHECK(std::isnan(bf16(0x7FC0)));
  CHECK(std::signbit(bf16(0x8000)));
}

TEST_CASE("F32 and F64 are rounded to the Scalar") {
  CHECK(decoded(ElementType::kF32, 0.1f) == static_cast<Scalar>(0.1f));
  CHECK(decoded(ElementType::kF64, 0.1) == static_cast<Scalar>(0.1));
  CHECK(decoded(ElementType::kF64, -1e-300) == static_cast<Scalar>(-1e-300));
  CHECK(std::isnan(decoded(ElementType::kF64, std::nan(""))));
}

TEST_CASE("The Scalar's own format keeps every bit, a NaN's too") {
#ifdef REEL_F64
  const std::uint64_t bits = 0xFFF8'0000'0000'1234;
#else
  const std::uint32_t bits = 0xFFC0'1234;
#endif
  const Scalar value = decoded(kScalarType, bits);
  CHECK(std::memcmp(&value, &bits, sizeof bits) == 0);
}

TEST_CASE("Big-endian elements are turned around") {
  const std::string raw("\x3F\x80\x00\x00\xC0\x00\x00\x00", 8);
  std::vector<Scalar> values(2);
  decode(ElementType::kF32, raw, values, std::endian::big);
  CHECK(values == std::vector<Scalar>{1, -2});
}

TEST_CASE("Element sizes are those of the formats") {
  CHECK(element_size(ElementType::kF16) == 2);
  CHECK(element_size(ElementType::kBF16) == 2);
  CHECK(element_size(ElementType::kF32) == 4);
  CHECK(element_size(ElementType::kF64) == 8);
}
