// The language that is spoken.
#include <reel/core/text/language.h>

#include <array>
#include <atomic>
#include <utility>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::array kTags{std::pair{Language::kEnglish, std::string_view("en")},
                           std::pair{Language::kChinese, std::string_view("zh")}};

std::atomic<Language> spoken{Language::kEnglish};

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

}  // namespace reel::inline REEL_PRECISION
