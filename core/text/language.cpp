// The language that is spoken, and the tables of its words.
#include <reel/core/text/language.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <unordered_map>
#include <utility>

#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/word_files.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::array kTags{std::pair{Language::kEnglish, std::string_view("en")},
                           std::pair{Language::kChinese, std::string_view("zh")}};

std::atomic<Language> spoken{Language::kEnglish};

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

}  // namespace

void set_language(Language language) { spoken = language; }
Language language() { return spoken; }

std::string_view language_tag(Language language) {
  for (const auto& [known, tag] : kTags) {
    if (known == language) return tag;
  }
  return "";
}

std::optional<Language> language_of(std::string_view tag) {
  for (const auto& [language, known] : kTags) {
    if (tag.substr(0, tag.find_first_of("-_")) == known) return language;
  }
  return std::nullopt;
}

std::string_view in_own_words(std::string_view pattern) {
  if (language() == Language::kEnglish) return pattern;
  const auto found = words_of_chinese().find(pattern);
  return found == words_of_chinese().end() ? pattern : found->second;
}

std::vector<Sentence> sentences(Language language, std::string_view name) {
  std::vector<Sentence> rows;
  for (const WordFile& file : word_files()) {
    if (file.language == language_tag(language) && (name.empty() || file.name == name)) read_table(file.text, rows);
  }
  return rows;
}

}  // namespace reel::inline REEL_PRECISION
