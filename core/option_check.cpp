// The words that an option out of range is told.
#include <reel/core/option_check.h>

#include <cmath>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

std::string OptionCheck::label() const { return call_label(name_, Scope::path(), Scope::resolve(where_)); }

void OptionCheck::fail(std::string_view option, double value, const std::string& demand) const {
  throw Error(fmt::format("{}: {} is {}, it must be {}", label(), option, value, demand));
}

void OptionCheck::finite(std::string_view option, double value) const {
  if (!std::isfinite(value)) fail(option, value, "a finite number");
}

void OptionCheck::non_negative(std::string_view option, double value) const {
  if (!(value >= 0 && std::isfinite(value))) fail(option, value, "a finite number of 0 or more");
}

void OptionCheck::positive(std::string_view option, double value) const {
  if (!(value > 0 && std::isfinite(value))) fail(option, value, "a finite number above 0");
}

void OptionCheck::within(std::string_view option, double value, double low, double high) const {
  if (!(value >= low && value <= high)) fail(option, value, fmt::format("in [{}, {}]", low, high));
}

void OptionCheck::below(std::string_view option, double value, double low, double high) const {
  if (!(value >= low && value < high)) fail(option, value, fmt::format("in [{}, {})", low, high));
}

void OptionCheck::ordered(std::string_view low_option, double low, std::string_view high_option,
                          double high) const {
  require(low <= high, "{} is {} and {} is {}, the first must be a number up to the second", low_option, low,
          high_option, high);
}

void OptionCheck::bounds(double low, double high) const {
  finite("low", low);
  finite("high", high);
  ordered("low", low, "high", high);
  require(std::isfinite(static_cast<Scalar>(high) - static_cast<Scalar>(low)),
          "low is {} and high is {}, the distance between them must be finite", low, high);
}

void OptionCheck::count(std::string_view option, Index value, Index least, Index most) const {
  require(value >= least, "{} is {}, it must be {} or more", option, value, least);
  require(value <= most, "{} is {}, it must be at most {}", option, value, most);
}

void OptionCheck::counts_on(std::string_view name, Index value, Index more) const {
  require(more <= kMaxCount - value, "{} is {}, {} at most are counted", name, value, kMaxCount);
}

void check_read_count(std::string_view what, std::string_view name, std::int64_t value) {
  if (value >= 0 && value <= kMaxCount) return;
  throw FormatError(fmt::format("{} has {} {}, 0 to {} is expected", what, name, value, kMaxCount));
}

}  // namespace reel::inline REEL_PRECISION
