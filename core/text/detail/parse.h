// Numbers in texts, the same in every country's settings.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// All of `text` as a number in decimal digits, without blanks or a leading +, as std::from_chars reads it;
/// nothing where it is none or beyond the type's range.
template <std::integral T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}
template <std::same_as<double> T>
std::optional<T> parsed(std::string_view text);

}  // namespace reel::inline REEL_PRECISION
