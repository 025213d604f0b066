#include "common/axis.h"

#include <algorithm>
#include <cmath>

namespace reel::apps {
namespace {

constexpr double kTolerance = 1e-9;  // of a step: a tick at the very end counts

// The multiples of 1, 2 or 5 times a power of ten that make some five steps: at least three lie in the range.
std::vector<double> multiples(double low, double high, double least_step) {
  const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double mantissa = rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10;
  const double step = std::max(mantissa * power, least_step);
  std::vector<double> values;
  for (double k = std::ceil(low / step - kTolerance); k <= high / step + kTolerance; k++)
    values.push_back(k * step);
  return values;
}

// 1, 2 and 5 times each power of ten between two exponents; the powers alone where they are many.
std::vector<double> decades(double low, double high) {
  constexpr double kMany = 3.5;
  std::vector<double> values;
  for (double exponent = std::floor(low); exponent <= high + kTolerance; exponent++) {
    for (const double mantissa : {1.0, 2.0, 5.0}) {
      const double value = exponent + std::log10(mantissa);
      const bool inside = value >= low - kTolerance && value <= high + kTolerance;
      if (inside && (mantissa == 1 || high - low < kMany))
        values.push_back(mantissa * std::pow(10, exponent));
    }
  }
  return values;
}

}  // namespace

bool Axis::drawable(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0); }

void Axis::include(double value) {
  low_ = std::min(low_, scaled(value));
  high_ = std::max(high_, scaled(value));
}

double Axis::place(double value) const {
  return from_ + (scaled(value) - low()) / (high() - low()) * (to_ - from_);
}

// Less than a decade has no three of 1, 2 and 5.
std::vector<double> Axis::ticks(double least_step) const {
  if (!(high_ >= low_)) return {};
  if (!logarithmic_) return multiples(low(), high(), least_step);
  if (high() - low() >= 1) return decades(low(), high());
  return multiples(std::pow(10, low()), std::pow(10, high()), least_step);
}

double Axis::scaled(double value) const { return logarithmic_ ? std::log10(value) : value; }

double Axis::margin() const {
  constexpr double kSame = 1e-6, kShare = 0.05;
  const double size = logarithmic_ ? 1 : std::max(std::abs(low_), std::abs(high_));
  if (high_ - low_ > kSame * size) return 0;
  return size > 0 ? kShare * size : kShare;
}

}  // namespace reel::apps
