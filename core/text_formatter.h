// How what has a text() prints with fmt.
#pragma once

#include <string_view>

#include <fmt/core.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A fmt::formatter of a class whose text() is all that there is to say; a width and a side as of any text:
///   template <> struct fmt::formatter<Table> : reel::TextFormatter {};
struct TextFormatter : fmt::formatter<std::string_view> {
  template <class HasText>
  fmt::format_context::iterator format(const HasText& has_text, fmt::format_context& context) const {
    return write(has_text.text(), context);
  }

 private:
  fmt::format_context::iterator write(std::string_view text, fmt::format_context& context) const;
};

}  // namespace reel::inline REEL_PRECISION
