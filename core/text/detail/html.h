// Text inside of HTML and SVG. Internal to the library and its programs.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// `text` with the characters that mean something in HTML written as entities.
inline std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace reel::inline REEL_PRECISION
