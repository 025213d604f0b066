#include <reel/core/text/language.h>

#include <doctest/doctest.h>

#include <regex>
#include <string>
#include <vector>

#include <reel/core/inspect/detail/glossary.h>
#include <reel/core/inspect/terminal/stepper.h>
#include <reel/core/text/detail/say.h>

#include "conv_lesson.h"
#include "in_chinese.h"

using namespace reel;
using inspect::Stepper;
using reel_test::ConvLesson;
using reel_test::InChinese;

namespace {

// Three English words in a row, outside of `commands`; "" where there are none. A letter alone is an index.
std::string english_in(const std::string& text) {
  const std::string said = std::regex_replace(text, std::regex("`[^`]*`"), "`");
  std::smatch words;
  return std::regex_search(said, words, std::regex("[A-Za-z]{2,}( [A-Za-z]{2,}){2}")) ? words.str() : "";
}

}  // namespace

TEST_CASE("In Chinese no answer and no error is in English") {
  const ConvLesson lesson;
  const InChinese chinese;
  Stepper stepper(lesson.tape, lesson.loss);
  CHECK(english_in("so it is found") == "so it is");
  CHECK(english_in("`so it is` left out") == "");
  CHECK(english_in(stepper.opening()) == "");
  const std::vector<std::string> lines{"where",
                                       "list",
                                       "print dw",
                                       "print z[0,:,1]",
                                       "why z[0,1,1,1]",
                                       "why dz[0,0,1,1]",
                                       "why dw[0,1,0,1]",
                                       "why x[0,0,0,0]",
                                       "why dloss",
                                       "check w[0,1,0,1]",
                                       "check x[0,0,1,1]",
                                       "path w[0,0,0,0]",
                                       "path dx[0,0,1,1]",
                                       "uses x[0,0,1,1]",
                                       "uses loss",
                                       "window z[0,1,1,1]",
                                       "window y[0,0,0,0]",
                                       "matmul y",
                                       "matmul z",
                                       "rf y[0,0,1,1]",
                                       "rf x[0,0,0,0]",
                                       "cost",
                                       "break-it flip",
                                       "break-it no-zero-grad",
                                       "break-it no-accumulate",
                                       "break-it no-bias-sum",
                                       "break-it nothing",
                                       "set w[0,0,0,0] 5",
                                       "set w[0,0,0,0]",
                                       "rerun",
                                       "why loss",
                                       "reset",
                                       "rerun",
                                       "break relu",
                                       "break",
                                       "break off",
                                       "break off nan",
                                       "fwd",
                                       "print dz",
                                       "goto 99",
                                       "goto 4",
                                       "s",
                                       "b 2",
                                       "b nothing",
                                       "until",
                                       "until dz",
                                       "until z",
                                       "predict on",
                                       "s",
                                       "hint",
                                       "hint",
                                       "1e9",
                                       "why z",
                                       "1e9",
                                       "1e9",
                                       "predict maybe",
                                       "predict off",
                                       "hint",
                                       "skip",
                                       "help",
                                       "help why",
                                       "help nothing",
                                       "nothing",
                                       "quit now",
                                       "print nothing",
                                       "print w[0",
                                       "print w[0,0,0,0,0]",
                                       "why w[0]",
                                       "why w[9,9,9,9]",
                                       "why w[a,0,0,0]",
                                       "grad grad w",
                                       "print",
                                       "html",
                                       "html x.html 0.5"};
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(english_in(stepper.respond(line)) == "");
  }
  for (const inspect::GlossaryEntry& entry : inspect::glossary()) {
    CAPTURE(entry.word);
    const std::string told = stepper.respond("help " + std::string(entry.word));
    CHECK(english_in(told) == "");
    CHECK(told.ends_with(
        stepper.respond("help " + std::string(in_own_words(entry.word)))));  // or a command too
  }
}

TEST_CASE("A number's explanation is in the language that is spoken") {
  const ConvLesson lesson;
  const InChinese chinese;
  Stepper stepper(lesson.tape, lesson.loss);
  const std::string why = stepper.respond("why z[0,1,1,1]");
  CHECK(why.find("图像 0，输出通道 1，行 1，列 1") != std::string::npos);
  CHECK(why.find("存储的值 4    重新求和 4    差 0") != std::string::npos);
  CHECK(stepper.respond("why dz[0,0,0,0]").find("relu 关（z = -24）") != std::string::npos);
}
