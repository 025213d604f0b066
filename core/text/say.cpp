// Sentences and the tables of their words.
#include <reel/core/text/detail/say.h>

#include <algorithm>
#include <unordered_map>

#include <reel/core/text/detail/word_files.h>

namespace reel::inline REEL_PRECISION {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// A line of English and one below it of the other language; empty lines and those that begin with # are for its readers.
void read_table(std::string_view text, std::vector<Sentence>& rows) {
  std::string_view english;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty() || line.front() == '#') continue;
    if (english.empty()) {
      english = line;
    } else {
      rows.push_back({english, line});
      english = {};
    }
  }
}

using Words = std::unordered_map<std::string_view, std::string_view>;

const Words& words_of_chinese() {
  static const Words words = [] {
    Words result;
    for (const auto& [english, own] : sentences(Language::kChinese)) result.emplace(english, own);
    return result;
  }();
  return words;
}

// The forms of a pattern's places: ":g" of "{:g}" and of "{0:g}", "" of "{}".
using Forms = std::vector<std::string_view>;

// The pattern as the tables have it; a place without a number takes the next.
std::string key_of(std::string_view pattern, Forms& forms) {
  std::string key;
  for (std::size_t next = 0; !pattern.empty();) {
    const std::size_t begin = pattern.find('{'), end = pattern.find('}');
    key += pattern.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const std::string_view place = pattern.substr(begin + 1, end - begin - 1);
    const std::size_t colon = std::min(place.find(':'), place.size());
    const std::size_t index = colon == 0 ? next++ : static_cast<std::size_t>(place.front() - '0');
    forms.resize(std::max(forms.size(), index + 1));
    forms[index] = place.substr(colon);
    key += fmt::format("{{{}}}", index);
    pattern.remove_prefix(end + 1);
  }
  return key;
}

std::string with_forms(std::string_view own, const Forms& forms) {
  std::string pattern;
  for (const char c : own) {
    const bool ends = c == '}' && !pattern.empty();
    if (ends) pattern += forms.at(static_cast<std::size_t>(pattern.back() - '0'));
    pattern += c;
  }
  return pattern;
}

}  // namespace

std::string_view in_own_words(std::string_view sentence) {
  if (language() == Language::kEnglish) return sentence;
  const auto found = words_of_chinese().find(sentence);
  return found == words_of_chinese().end() ? sentence : found->second;
}

std::string own_pattern(std::string_view pattern) {
  constexpr std::string_view kBlanks = " \n";
  const std::size_t begin = std::min(pattern.find_first_not_of(kBlanks), pattern.size());
  const std::size_t end = pattern.find_last_not_of(kBlanks) + 1;
  Forms forms;
  const std::string key = key_of(pattern.substr(begin, std::max(begin, end) - begin), forms);
  const std::string_view own = in_own_words(key);
  if (own == key) return std::string(pattern);
  return std::string(pattern.substr(0, begin)) + with_forms(own, forms) + std::string(pattern.substr(end));
}

std::vector<Sentence> sentences(Language language, std::string_view name) {
  std::vector<Sentence> rows;
  for (const WordFile& file : word_files()) {
    if (file.language == language_tag(language) && (name.empty() || file.name == name))
      read_table(file.text, rows);
  }
  return rows;
}

}  // namespace reel::inline REEL_PRECISION
