#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "conv_lesson.h"

using namespace reel;
using inspect::completions;
using inspect::Session;
using inspect::Trace;
using reel_test::ConvLesson;

namespace {

using Words = std::vector<std::string>;

struct CompletionFixture {
  ConvLesson lesson;
  Session session{Trace(lesson.tape, lesson.loss)};
};

}  // namespace

TEST_CASE_FIXTURE(CompletionFixture, "The first word becomes a command") {
  CHECK(completions(session, "wh") == Words{"where", "why", "why!"});
  CHECK(completions(session, "  pri") == Words{"print"});
  CHECK(completions(session, "xyz").empty());
  CHECK(completions(session, "").size() == inspect::commands().size());
}

TEST_CASE_FIXTURE(CompletionFixture,
                  "Behind a command that takes a tensor stand tensors and their gradients") {
  CHECK(completions(session, "why d") == Words{"da", "db", "dc", "dloss", "dv", "dw", "dx", "dy", "dz"});
  CHECK(completions(session, "p lo") == Words{"loss"});
  CHECK(completions(session, "print inp") == Words{"input"});
  CHECK(completions(session, "print dinp").empty());  // it gets no gradient
  CHECK(completions(session, "why z[0,").empty());
}

TEST_CASE_FIXTURE(CompletionFixture, "Other commands have words of their own, or none") {
  CHECK(completions(session, "predict ") == Words{"off", "on"});
  CHECK(completions(session, "break-it f") == Words{"flip"});
  CHECK(completions(session, "break conv") == Words{"conv1x1", "conv2d"});
  CHECK(completions(session, "help ki") == Words{"kink"});
  CHECK(completions(session, "where ").empty());
  CHECK(completions(session, "nonsense ").empty());
}
