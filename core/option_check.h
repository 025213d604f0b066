// The checks of options and counts. What is asked of a number is worded here, once for all ops, layers,
// optimisers, schedules, transforms and initialisers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include <reel/core/error.h>
#include <reel/core/location.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The most that is counted: steps, epochs, samples. A double holds every whole number up to it, and sums of
/// a few do not overflow.
inline constexpr Index kMaxCount = Index{1} << 53;

/// Knows what is called or made and where, which stands at the head of every message. A check that fails is
/// an Error:
///   Adam (train.cpp:12): lr is inf, it must be a finite number of 0 or more
class OptionCheck {
 public:
  /// `name` must outlive it: a literal.
  OptionCheck(std::string_view name, Location where) : name_(name), where_(where) {}

  /// `conv2d "conv2" (train.cpp:31)`
  std::string label() const;
  std::string_view name() const { return name_; }
  Location where() const { return where_; }

  /// Throws `E` with the formatted message unless `condition` holds.
  template <class E = Error, class... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) [[unlikely]]
      throw E(label() + ": " + fmt::vformat(format, fmt::make_format_args(args...)));
  }

  void finite(std::string_view option, double value) const;
  void non_negative(std::string_view option, double value) const;  ///< finite, too
  void positive(std::string_view option, double value) const;      ///< finite, too
  /// low <= value <= high, and low <= value < high.
  void within(std::string_view option, double value, double low, double high) const;
  void below(std::string_view option, double value, double low, double high) const;
  /// low <= high; either may be infinite.
  void ordered(std::string_view low_option, double low, std::string_view high_option, double high) const;
  /// What uniform numbers lie between: both finite, low <= high, and so near that high - low is finite.
  void bounds(double low, double high) const;
  /// At least `least` and at most `most`.
  void count(std::string_view option, Index value, Index least, Index most = kMaxCount) const;
  /// Before `more` are counted: that makes kMaxCount at most, so that what is saved then can be read.
  void counts_on(std::string_view name, Index value, Index more = 1) const;

 private:
  [[noreturn]] void fail(std::string_view option, double value, const std::string& demand) const;

  std::string_view name_;
  Location where_;
};

/// A count that was read from a file, such as a number of steps: a FormatError that begins with `what`, the
/// name of the file or its reader, unless it is 0 to kMaxCount.
void check_read_count(std::string_view what, std::string_view name, std::int64_t value);

}  // namespace reel::inline REEL_PRECISION
