// What the bytes of an input say, one after another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>

namespace reel_fuzz {

/// Zeros after the last one.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool left() const { return !left_.empty(); }
  unsigned byte() {
    if (left_.empty()) return 0;
    const unsigned first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }
  bool flip() { return byte() & 1; }
  /// One of a range's elements, of which there are some.
  template <class Range>
  auto& of(Range& range) {
    return *std::next(range.begin(), static_cast<std::ptrdiff_t>(byte() % range.size()));
  }
  /// The next `count`, or all that are left.
  Bytes part(std::size_t count) {
    const Bytes first(left_.first(std::min(count, left_.size())));
    left_ = left_.subspan(first.left_.size());
    return first;
  }
  std::string text() const { return {left_.begin(), left_.end()}; }

 private:
  std::span<const std::uint8_t> left_;
};

}  // namespace reel_fuzz
