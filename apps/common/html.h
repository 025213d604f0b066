// Text inside of HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace reel::apps {

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

}  // namespace reel::apps
