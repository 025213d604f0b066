#include <reel/core/text/language.h>

#include <doctest/doctest.h>

#include <set>
#include <string>

#include <reel/core/text/detail/say.h>

#include "in_chinese.h"

using namespace reel;
using reel_test::InChinese;

TEST_CASE("English is spoken until a program asks for another language") {
  CHECK(language() == Language::kEnglish);
  CHECK(say("{} of {}", 1, 2) == "1 of 2");
  {
    const InChinese chinese;
    CHECK(language() == Language::kChinese);
    CHECK(say("{} of {}", 1, 2) == "1 / 2");
  }
  CHECK(say("{} of {}", 1, 2) == "1 of 2");
}

TEST_CASE("A language has a tag, which may say more") {
  CHECK(language_of("zh") == Language::kChinese);
  CHECK(language_of("zh-Hans-CN") == Language::kChinese);
  CHECK(language_of("en_US.UTF-8") == Language::kEnglish);
  CHECK_FALSE(language_of("fr").has_value());
  CHECK_FALSE(language_of("").has_value());
  CHECK_FALSE(language_of("zhx").has_value());
  CHECK(language_tag(Language::kChinese) == "zh");
  CHECK(language_tag(Language::kEnglish) == "en");
}

TEST_CASE("Blanks, line ends and forms of numbers are the English pattern's") {
  const InChinese chinese;
  CHECK(say("  {} is padding\n", "(0)") == "  (0) 是填充\n");
  CHECK(say("the largest is {:.2f}, not {} = {:g}", 1.5, "x[0]", 0.25) == "最大值是 1.50，不是 x[0] = 0.25");
  CHECK(say("the largest is {0:.2f}, not {1} = {2:g}", 1.5, "x[0]", 0.25) ==
        "最大值是 1.50，不是 x[0] = 0.25");
  CHECK(say("row {} of {}", 3, "x") == "x 的第 3 行");  // in another order
}

TEST_CASE("What has no words in a language stays English") {
  const InChinese chinese;
  CHECK(say("  nobody says {:>3}\n", 1) == "  nobody says   1\n");
  CHECK(in_own_words("nobody says this") == "nobody says this");
  CHECK(in_own_words("padding") == "填充");
  CHECK(say("") == "");
}

TEST_CASE("One and many are sentences of their own") {
  CHECK(say_counted(1, "{} flip: a kink, not a bug", "{} flips: a kink, not a bug", 1) ==
        "1 flip: a kink, not a bug");
  CHECK(say_counted(2, "{} flip: a kink, not a bug", "{} flips: a kink, not a bug", 2) ==
        "2 flips: a kink, not a bug");
  const InChinese chinese;
  CHECK(say_counted(2, "{} flip: a kink, not a bug", "{} flips: a kink, not a bug", 2) ==
        "2 处翻转：是折点，不是错误");
}

TEST_CASE("A language's tables have each sentence once") {
  std::set<std::string_view> known;
  for (const Sentence& row : sentences(Language::kChinese)) {
    CHECK_MESSAGE(known.insert(row.english).second, row.english);
    CHECK_FALSE(row.own.empty());
  }
  const std::size_t page = sentences(Language::kChinese, "page").size(),
                    numbers = sentences(Language::kChinese, "numbers").size();
  CHECK(page > 0);
  CHECK(numbers > 0);
  CHECK(known.size() > page + numbers);
  CHECK(sentences(Language::kEnglish).empty());
}
