#include <reel/core/inspect/detail/glossary.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace reel;
using inspect::glossary;
using inspect::glossary_entry;
using inspect::GlossaryEntry;

TEST_CASE("Each word of the glossary leads to its entry, by one name to one entry") {
  std::set<std::string> names;
  for (const GlossaryEntry& entry : glossary()) {
    CHECK(glossary_entry(entry.word) == &entry);
    CHECK(names.emplace(entry.word).second);
    for (const std::string_view other : entry.others) {
      CHECK(glossary_entry(other) == &entry);
      CHECK_MESSAGE(names.emplace(other).second, other);
    }
  }
  CHECK(glossary_entry("MACS") == glossary_entry("multiply-adds"));
  CHECK(glossary_entry("nonsense") == nullptr);
}

TEST_CASE("The glossary is in the order of the alphabet, and its texts are sentences") {
  const auto lower = [](std::string_view word) {
    std::string text(word);
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  for (std::size_t i = 0; i < glossary().size(); i++) {
    const GlossaryEntry& entry = glossary()[i];
    CHECK((entry.text.ends_with('.') || entry.text.ends_with(".)")));
    CHECK_MESSAGE((i == 0 || lower(glossary()[i - 1].word) < lower(entry.word)), entry.word);
  }
}

TEST_CASE("What a lesson's answers leave unexplained is in the glossary") {
  for (const char* word : {"gradient", "event",     "tape",        "seed", "variable",  "parameter", "input",
                           "stored",   "re-summed", "differences", "h",    "digits",    "running",   "jump",
                           "share",    "flip",      "kink",        "xhat", "deviation", "index"}) {
    CHECK_MESSAGE(glossary_entry(word) != nullptr, word);
  }
}
