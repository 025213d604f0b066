#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/io/detail/element_type.h>

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

TEST_CASE("Integers and truth values become Scalars") {
  CHECK(decoded(ElementType::kI8, std::int8_t{-128}) == -128);
  CHECK(decoded(ElementType::kU8, std::uint8_t{255}) == 255);
  CHECK(decoded(ElementType::kI16, std::int16_t{-32768}) == -32768);
  CHECK(decoded(ElementType::kU16, std::uint16_t{65535}) == 65535);
  CHECK(decoded(ElementType::kI32, std::int32_t{-7}) == -7);
  CHECK(decoded(ElementType::kU32, std::uint32_t{0xFFFFFFFF}) == Scalar(4294967295.0));
  CHECK(decoded(ElementType::kI64, std::int64_t{-9}) == -9);
  CHECK(decoded(ElementType::kU64, ~std::uint64_t{0}) == Scalar(18446744073709551615.0));
  CHECK(decoded(ElementType::kBool, std::uint8_t{0}) == 0);
  CHECK(decoded(ElementType::kBool, std::uint8_t{2}) == 1);
}

// The values of table 1 of Micikevicius et al., 2022.
TEST_CASE("F8: known bit patterns") {
  const auto e4m3 = [](int bits) { return decoded(ElementType::kF8E4M3, static_cast<std::uint8_t>(bits)); };
  const auto e5m2 = [](int bits) { return decoded(ElementType::kF8E5M2, static_cast<std::uint8_t>(bits)); };
  CHECK(e4m3(0b0'1111'110) == 448);
  CHECK(e4m3(0b0'0001'000) == Scalar(0x1p-6));
  CHECK(e4m3(0b0'0000'001) == Scalar(0x1p-9));
  CHECK(e4m3(0b1'0111'100) == Scalar(-1.5));
  CHECK(std::isnan(e4m3(0b0'1111'111)));
  CHECK(std::isnan(e4m3(0b1'1111'111)));
  CHECK(e5m2(0b0'11110'11) == 57344);
  CHECK(e5m2(0b0'00001'00) == Scalar(0x1p-14));
  CHECK(e5m2(0b0'00000'01) == Scalar(0x1p-16));
  CHECK(e5m2(0b1'11111'00) == -kInf);
  CHECK(std::isnan(e5m2(0b0'11111'01)));
}

TEST_CASE("One integer of any width keeps its sign and its bits") {
  const auto whole = [](ElementType type, auto value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    return decode_integer(type, {raw, sizeof raw});
  };
  CHECK(whole(ElementType::kI8, std::int8_t{-1}) == -1);
  CHECK(whole(ElementType::kU8, std::uint8_t{255}) == 255);
  CHECK(whole(ElementType::kI16, std::int16_t{-300}) == -300);
  CHECK(whole(ElementType::kI32, std::int32_t{-70000}) == -70000);
  CHECK(whole(ElementType::kU32, std::uint32_t{0xFFFFFFFF}) == 4294967295);
  CHECK(whole(ElementType::kI64, std::numeric_limits<std::int64_t>::min()) ==
        std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("The names of the formats are those of safetensors and of NumPy") {
  CHECK(safetensors_type("BF16") == ElementType::kBF16);
  CHECK(safetensors_type("BOOL") == ElementType::kBool);
  CHECK(numpy_type("f4") == ElementType::kF32);
  CHECK(numpy_type("b1") == ElementType::kBool);
  CHECK(numpy_type("float64") == ElementType::kF64);
  CHECK(numpy_type("?") == ElementType::kBool);
  for (const char* name : {"i8", "q", "l", "p", "int", "intp", "long", "longlong"})
    CHECK(numpy_type(name) == ElementType::kI64);
  for (const char* name : {"L", "P", "uint", "ulong"}) CHECK(numpy_type(name) == ElementType::kU64);
  for (const char* name : {"d", "double", "float"}) CHECK(numpy_type(name) == ElementType::kF64);
  CHECK(numpy_type("byte") == ElementType::kI8);
  CHECK(numpy_type("ushort") == ElementType::kU16);
  CHECK(numpy_type("intc") == ElementType::kI32);
  CHECK(numpy_type("half") == ElementType::kF16);
  CHECK(numpy_type("single") == ElementType::kF32);
  for (const char* none : {"", "f32", "C64", "F4"}) CHECK_FALSE(safetensors_type(none));
  for (const char* none : {"", "F32", "c8", "f16", "i3"}) CHECK_FALSE(numpy_type(none));
  CHECK(safetensors_name(ElementType::kF64) == "F64");
  CHECK(is_integer(ElementType::kU64));
  CHECK_FALSE(is_integer(ElementType::kBool));
  CHECK_FALSE(is_integer(ElementType::kF16));
}

TEST_CASE("Element sizes are those of the formats") {
  CHECK(element_size(ElementType::kBool) == 1);
  CHECK(element_size(ElementType::kU16) == 2);
  CHECK(element_size(ElementType::kI32) == 4);
  CHECK(element_size(ElementType::kU64) == 8);
  CHECK(element_size(ElementType::kF8E5M2) == 1);
  CHECK(element_size(ElementType::kF16) == 2);
  CHECK(element_size(ElementType::kBF16) == 2);
  CHECK(element_size(ElementType::kF32) == 4);
  CHECK(element_size(ElementType::kF64) == 8);
}
