// Sentences in the language that is spoken. A sentence is its English pattern, which is also its name in the tables of
// other languages, core/text/zh/*.txt: there "  {} of {:g}\n" is "{0} of {1}". tests/words.py wants a row for each that is
// given to one of these. Internal to the library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <reel/core/scalar.h>
#include <reel/core/text/language.h>

namespace reel::inline REEL_PRECISION {

/// A sentence without places in the language that is spoken; itself where that has none.
std::string_view in_own_words(std::string_view sentence);
/// The same of a pattern: with blanks, line ends and forms of numbers where the English has them.
std::string own_pattern(std::string_view pattern);

/// A sentence that in_own_words() will translate where it is shown.
constexpr std::string_view sentence(std::string_view english) { return english; }

/// The sentence with the values in its places.
template <class... Values>
std::string say(fmt::format_string<const Values&...> pattern, const Values&... values) {
  const fmt::string_view english = pattern;
  if (language() == Language::kEnglish) return fmt::vformat(english, fmt::make_format_args(values...));
  return fmt::vformat(own_pattern({english.data(), english.size()}), fmt::make_format_args(values...));
}

/// The first of two sentences where `count` is 1, else the second: "{} flip", "{} flips".
template <class... Values>
std::string say_counted(Index count, fmt::format_string<const Values&...> one,
                        fmt::format_string<const Values&...> many, const Values&... values) {
  return say(count == 1 ? one : many, values...);
}

/// A pattern and what it is in another language.
struct Sentence {
  std::string_view english, own;
};
/// The rows of a language in its table NAME.txt; of all its tables without a name.
std::vector<Sentence> sentences(Language language, std::string_view name = "");

}  // namespace reel::inline REEL_PRECISION
