// Characters that mean something where a text stands. Internal to the library and its programs.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// `text` with other texts in the place of some characters.
inline std::string escaped(std::string_view text,
                           std::initializer_list<std::pair<char, std::string_view>> replacements) {
  std::string out;
  for (const char& c : text) {
    const auto* const found =
        std::ranges::find_if(replacements, [&](const auto& each) { return each.first == c; });
    out += found == replacements.end() ? std::string_view(&c, 1) : found->second;
  }
  return out;
}

/// `text` with the characters that mean something in HTML and SVG written as entities.
inline std::string escape_html(std::string_view text) {
  return escaped(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}});
}

}  // namespace reel::inline REEL_PRECISION
