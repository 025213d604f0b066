// Buffers that tell when a kernel wrote where it must not.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include <reel/core/scalar.h>

namespace reel_test {

/// `count` scalars between two guard zones of NaNs, on a boundary of 64 bytes or one scalar behind it.
class Guarded {
 public:
  /// Filled with NaN: what a kernel leaves unwritten, or reads before it is written, shows.
  explicit Guarded(reel::Index count, bool offset = false) : count_(static_cast<std::size_t>(count)) {
    block_.assign(count_ + 2 * kGuard + kLine + 1, nan());
    const auto place = reinterpret_cast<std::uintptr_t>(block_.data() + kGuard);
    const std::size_t past = place / sizeof(reel::Scalar) % kLine;
    data_ = block_.data() + kGuard + (past ? kLine - past : 0) + (offset ? 1 : 0);
  }
  /// A copy of `values`, which `intact` then wants unchanged.
  Guarded(std::span<const reel::Scalar> values, bool offset)
      : Guarded(static_cast<reel::Index>(values.size()), offset) {
    std::ranges::copy(values, data_);
    original_.assign(values.begin(), values.end());
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  reel::Scalar* data() const { return data_; }
  std::span<const reel::Scalar> values() const { return {data_, count_}; }
  /// Whether the guard zones and, of an input, the numbers still have the bits they had.
  bool intact() const {
    const auto untouched = [](reel::Scalar v) {
      const reel::Scalar expected = nan();
      return std::memcmp(&v, &expected, sizeof(v)) == 0;
    };
    return std::all_of(block_.data(), static_cast<const reel::Scalar*>(data_), untouched) &&
           std::all_of(static_cast<const reel::Scalar*>(data_ + count_), block_.data() + block_.size(),
                       untouched) &&
           (original_.empty() || std::memcmp(original_.data(), data_, count_ * sizeof(reel::Scalar)) == 0);
  }

 private:
  static constexpr std::size_t kLine = 64 / sizeof(reel::Scalar), kGuard = 4 * kLine;
  static reel::Scalar nan() { return std::numeric_limits<reel::Scalar>::quiet_NaN(); }

  std::size_t count_;
  std::vector<reel::Scalar> block_, original_;
  reel::Scalar* data_;
};

}  // namespace reel_test
