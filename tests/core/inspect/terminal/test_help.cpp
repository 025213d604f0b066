#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <string>

#include <reel/core/error.h>
#include <reel/core/inspect/detail/glossary.h>

#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::Session;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

struct HelpFixture {
  ConvLesson lesson;
  Session session{Trace(lesson.tape, lesson.loss)};
};

}  // namespace

TEST_CASE_FIXTURE(HelpFixture, "help lists the commands and the words that it explains") {
  const inspect::Answer answer = help(session, "");
  for (const char* part : {"  s [n] ", "  until T ", "  why! T[i,...] ", "  quit ",
                           "  `help WORD` explains batch, ", ", xhat\n"}) {
    CHECK_MESSAGE(answer.text.find(part) != std::string::npos, part);
  }
  CHECK(parsed(answer.data)["commands"].size() == inspect::commands().size());
  CHECK(parsed(answer.data)["words"].size() == inspect::glossary().size());
}

TEST_CASE_FIXTURE(HelpFixture,
                  "help tells of a command by its name or alias, and of a word by any of its names") {
  CHECK(help(session, "step").text == "  s [n]  forward by one event, or n (step)\n");
  CHECK(help(session, "seed").text.starts_with("  seed: What backward starts with"));
  CHECK(help(session, "Gradients").text == help(session, "gradient").text);
  CHECK(help(session, "receptive field").text.starts_with("  receptive field: "));
  CHECK(parsed(help(session, "weight").data)["word"] == "parameter");
}

TEST_CASE_FIXTURE(HelpFixture, "A word that is also a command is told as both") {
  for (const char* word : {"window", "h"}) {
    const std::string text = help(session, word).text;
    CHECK_MESSAGE(text.find(std::string("\n  ") + word + ": ") != std::string::npos, text);
  }
}

TEST_CASE_FIXTURE(HelpFixture, "help of what it does not know suggests the nearest") {
  CHECK_THROWS_WITH_AS(help(session, "gardient"),
                       "there is no command and no word \"gardient\" to explain; did you mean \"gradient\"?",
                       Error);
  CHECK_THROWS_WITH_AS(help(session, "xylophone"), doctest::Contains("; `help` lists them"), Error);
}
