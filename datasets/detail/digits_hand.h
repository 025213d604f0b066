// The hand that writes generated digits: from a form to the path of a pen, with everything that varies.
#pragma once

#include <cstdint>
#include <vector>

#include <reel/core/random.h>
#include <reel/datasets/detail/digits_raster.h>

namespace reel::inline REEL_PRECISION::digits {

/// The random numbers of one image, drawn one after the other.
class Dice {
 public:
  explicit Dice(const RandomStream& stream) : stream_(stream) {}

  /// Uniform in [low, high).
  double between(double low, double high) { return low + (high - low) * stream_.uniform(next_++); }
  /// Bell-shaped around 0 with the given standard deviation and never more than three of them away, so that
  /// no digit becomes another: the sum of three uniform numbers.
  double bell(double deviation) { return deviation * (between(-1, 1) + between(-1, 1) + between(-1, 1)); }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

/// The path of a pen that writes `digit`, 0 to 9, in one of its forms; in digit heights, not yet placed.
std::vector<InkDot> write(int digit, Dice& dice);

}  // namespace reel::inline REEL_PRECISION::digits
