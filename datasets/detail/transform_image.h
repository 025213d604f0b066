// What the transforms share. Internal to datasets.
#pragma once

#include <cmath>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>
#include <reel/datasets/transform.h>

namespace reel::inline REEL_PRECISION {

/// Pixels of a side, its padding or a square: far from any overflow.
inline constexpr Index kMaxSide = Index{1} << 15;
/// How often a rectangle is drawn before it is said that none fits, as in torchvision.
inline constexpr std::uint64_t kTries = 10;

struct ImageSize {
  Index channels, height, width;
};

/// A ShapeError, which begins with the transform's name, unless the image is one.
inline ImageSize image_size(const char* transform, const Image& image) {
  const Shape& s = image.shape;
  if (s.dim() != 3 || s.numel() == 0 || s.numel() != std::ssize(image.pixels)) {
    throw ShapeError(fmt::format("{}: image has shape {} and {} pixels, [C,H,W] is expected", transform, s,
                                 image.pixels.size()));
  }
  return {s[0], s[1], s[2]};
}

inline void check_side(const OptionCheck& check, Size2 size) {
  check.count("the height of size", size.h, 1, kMaxSide);
  check.count("the width of size", size.w, 1, kMaxSide);
}

/// Both ends in [least, most], the first at most the second.
inline void check_interval(const OptionCheck& check, std::string_view name, const Interval& interval,
                           double least, double most) {
  check.within(name, interval.low, least, most);
  check.within(name, interval.high, least, most);
  check.ordered(fmt::format("the low end of {}", name), interval.low, fmt::format("the high end of {}", name),
                interval.high);
}
/// Likewise of a rectangle's sides: a tall one is as likely as a wide one of the inverse ratio.
inline void check_ratio(const OptionCheck& check, const Interval& ratio) {
  constexpr double kMostRatio = 1000;
  check_interval(check, "ratio", ratio, 1 / kMostRatio, kMostRatio);
}

/// The number of the interval that uniform(index) says.
inline double drawn(const RandomStream& random, std::uint64_t index, const Interval& interval) {
  return interval.low + (interval.high - interval.low) * random.uniform(index);
}
/// Likewise evenly by its logarithm, of an interval above 0.
inline double drawn_by_logarithm(const RandomStream& random, std::uint64_t index, const Interval& interval) {
  return std::exp(drawn(random, index, {std::log(interval.low), std::log(interval.high)}));
}
inline Index below(const RandomStream& random, std::uint64_t index, Index n) {
  return static_cast<Index>(random.below(index, static_cast<std::uint64_t>(n)));
}
/// As Python's round(): halves to the even number.
inline Index rounded(double x) { return static_cast<Index>(std::nearbyint(x)); }

}  // namespace reel::inline REEL_PRECISION
