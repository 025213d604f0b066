// exp, log, tanh and erf in plain arithmetic, which the compiler turns into vector code where the C library's
// calls cannot be. In float only: double is for checking and takes the library's.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

inline double fast_exp(double x) { return std::exp(x); }
inline double fast_log(double x) { return std::log(x); }
inline double fast_log1p(double x) { return std::log1p(x); }
inline double fast_tanh(double x) { return std::tanh(x); }
inline double fast_erf(double x) { return std::erf(x); }

/// e^x within 2 units in the last place: 0, infinity and NaN as std::exp gives them. Coefficients of Cephes'
/// expf (Moshier, 1989), for e^r on |r| <= log(2) / 2.
inline float fast_exp(float x) {
  constexpr float kLog2E = 1.44269504088896341f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 0x1.8p23f;  // adding it rounds to a whole number, which the low bits then hold
  x = x < -104.0f ? -104.0f : x > 89.0f ? 89.0f : x;
  const float shifted = x * kLog2E + kRound, n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  // 2^n as two factors: n reaches 128 and -150, which one exponent cannot hold.
  const std::int32_t whole = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  const std::int32_t half = whole >> 1;
  const auto power = [](std::int32_t e) { return std::bit_cast<float>((e + 127) << 23); };
  return p * power(half) * power(whole - half);
}

// x = m 2^e with m in [sqrt(1/2), sqrt(2)); x is positive and normal.
struct BinaryParts {
  std::int32_t e;
  float m;
};
inline BinaryParts binary_parts(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto e = static_cast<std::int32_t>(bits - std::bit_cast<std::uint32_t>(0x1.6a09e6p-1f)) >> 23;
  return {e, std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23))};
}

// log(1 + f) + e log(2) + rest for 1 + f in [sqrt(1/2), sqrt(2)) and a tiny `rest`. With s = f / (2 + f),
// log(1 + f) = 2 atanh(s) = f - f^2 / 2 + s (f^2 / 2 + r), where r = 2 atanh(s) / s - 2 is a function of s^2. Its
// three coefficients are those of the least largest error, 2^-29, by Remez' exchange for r in [0, (sqrt(2) - 1)^4].
inline float log_of_parts(float f, float e, float rest) {
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  const float s = f / (2 + f), z = s * s, half = 0.5f * f * f;
  float r = 0.29871729989f;
  r = r * z + 0.399775414822f;
  r = r * z + 0.666667763826f;
  return e * kLn2High + (f - (half - (s * (half + r * z) + (e * kLn2Low + rest))));
}

/// log x within 1 unit in the last place, of every float; 0, infinity, NaN and what is negative as std::log.
inline float fast_log(float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool subnormal = x < std::numeric_limits<float>::min();
  const auto [e, m] = binary_parts(subnormal ? x * 0x1p25f : x);
  const float result = log_of_parts(m - 1, static_cast<float>(subnormal ? e - 25 : e), 0);
  const float limit = x == 0 ? -kInfinity : x < 0 ? std::numeric_limits<float>::quiet_NaN() : x;
  return x > 0 && x < kInfinity ? result : limit;
}

/// log(1 + x) of x >= 0 within 1 unit in the last place; infinity and NaN as std::log1p gives them.
inline float fast_log1p(float x) {
  const float u = 1 + x;
  const auto [e, m] = binary_parts(u);
  const float lost = x < 1 ? x - (u - 1) : 1 - (u - x);  // of 1 + x, by rounding
  const float result = e == 0 ? log_of_parts(x, 0, 0) : log_of_parts(m - 1, static_cast<float>(e), lost / u);
  return x < std::numeric_limits<float>::infinity() ? result : x;
}

/// tanh x within 3 units in the last place. Coefficients of Cephes' tanhf for small |x|.
inline float fast_tanh(float x) {
  const float z = x * x, magnitude = std::abs(x);
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float small = p * z * x + x;
  const float large = 1 - 2 / (fast_exp(2 * magnitude) + 1);
  return std::copysign(magnitude < 0.625f ? small : large, x);  // of a -0, too
}

/// erf x within 6 units (5 where the processor fuses multiply and add) in the last place. The rational
/// approximation of Eigen's and XLA's erf for float.
inline float fast_erf(float x) {
  x = x < -4.0f ? -4.0f : x > 4.0f ? 4.0f : x;
  const float z = x * x;
  float p = -2.72614225801306e-10f;
  p = p * z + 2.77068142495902e-8f;
  p = p * z - 2.10102402082508e-6f;
  p = p * z - 5.69250639462346e-5f;
  p = p * z - 7.34990630326855e-4f;
  p = p * z - 2.95459980854025e-3f;
  p = p * z - 1.60960333262415e-2f;
  float q = -1.45660718464996e-5f;
  q = q * z - 2.13374055278905e-4f;
  q = q * z - 1.68282697438203e-3f;
  q = q * z - 7.37332916720468e-3f;
  q = q * z - 1.42647390514189e-2f;
  return x * p / q;
}

}  // namespace reel::inline REEL_PRECISION::kernels
