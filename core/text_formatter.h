// How what has a text() prints with fmt.
#pragma once

#include <string_view>

#include <fmt/core.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A fmt::formatter of a class whose text() is all that there is to say:
///   template <> struct fmt::formatter<Table> : reel::TextFormatter {};
struct TextFormatter {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  template <class HasText>
  fmt::format_context::iterator format(const HasText& has_text, fmt::format_context& context) const {
    return write(has_text.text(), context);
  }

 private:
  static fmt::format_context::iterator write(std::string_view text, fmt::format_context& context);
};

}  // namespace reel::inline REEL_PRECISION
