// Shapes and options that the bytes of an input say.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <reel/core/ops/ops.h>

#include "bytes.h"

namespace reel_fuzz::REEL_PRECISION {

class GraphBytes : public Bytes {
 public:
  using Bytes::Bytes;

  /// In [low, high], or now and then one that no option may be.
  reel::Index number(reel::Index low, reel::Index high) {
    const unsigned b = byte();
    return b >= 246 ? kWild[b - 246] : low + static_cast<reel::Index>(b) % (high - low + 1);
  }
  reel::Size2 size(reel::Index low, reel::Index high) {
    if (flip()) return {number(low, high), number(low, high)};
    return number(low, high);
  }
  reel::Padding2 padding(reel::Index high) {
    if (flip()) return {number(0, high), number(0, high), number(0, high), number(0, high)};
    return number(0, high);
  }
  /// Of a dimension.
  reel::Index extent() { return of(kExtents); }
  /// Of as many dimensions, with no more than kLargestLeaf elements.
  reel::Shape shape(unsigned dims) {
    std::vector<reel::Index> sizes;
    reel::Index numel = 1;
    for (unsigned i = 0; i < dims; i++) {
      const reel::Index drawn = extent();
      sizes.push_back(numel * drawn > kLargestLeaf ? 1 : drawn);
      numel *= std::max<reel::Index>(sizes.back(), 1);
    }
    return reel::Shape(sizes);
  }
  reel::Reduction reduction() { return static_cast<reel::Reduction>(byte() % 3); }

 private:
  static constexpr reel::Index kLargestLeaf = 1500;
  static constexpr reel::Index kMin = std::numeric_limits<reel::Index>::min(),
                               kMax = std::numeric_limits<reel::Index>::max(), kOne = 1;
  static constexpr std::array<reel::Index, 10> kWild{kMin,   kMax,       -1,         -2,         32769,
                                                     -32769, kOne << 31, kOne << 40, kOne << 58, kOne << 62};
  static constexpr std::array<reel::Index, 16> kExtents{1, 2, 3, 4, 5, 1, 2, 3, 7, 8, 9, 16, 17, 33, 0, 6};
};

}  // namespace reel_fuzz::REEL_PRECISION
