// Pieces of a report that several of its parts have.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/text/detail/escape.h>

namespace reel::apps {

/// A layer's path, escaped, that can be broken after each dot.
inline std::string breakable_path(std::string_view path) {
  return escaped(path, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'.', ".<wbr>"}});
}

}  // namespace reel::apps
