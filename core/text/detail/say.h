// Sentences in the language that is spoken. A sentence is its English pattern, "{0} of {1}", which is also its name in the
// tables of other languages, core/text/zh/*.txt; tests/words.py wants a row there for each. Internal to the library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <reel/core/scalar.h>
#include <reel/core/text/language.h>

namespace reel::inline REEL_PRECISION {

/// The pattern in the language that is spoken, itself where that has none.
std::string_view in_own_words(std::string_view pattern);

/// The sentence with the values in its places.
template <class... Values>
std::string say(fmt::format_string<const Values&...> pattern, const Values&... values) {
  const fmt::string_view english = pattern;
  const std::string_view own = in_own_words({english.data(), english.size()});
  return fmt::vformat(fmt::string_view(own.data(), own.size()), fmt::make_format_args(values...));
}

/// A pattern and what it is in another language.
struct Sentence {
  std::string_view english, own;
};
/// The rows of a language in its table NAME.txt; of all its tables without a name.
std::vector<Sentence> sentences(Language language, std::string_view name = "");

}  // namespace reel::inline REEL_PRECISION
