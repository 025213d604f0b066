// The tables of words, core/text/LANGUAGE/NAME.txt, as core/cmake/words.cmake puts them into the library. Internal to
// core/text.
#pragma once

#include <span>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

struct WordFile {
  std::string_view language, name, text;
};
std::span<const WordFile> word_files();

}  // namespace reel::inline REEL_PRECISION
