#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>

#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::parse_answer;
using inspect::Session;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

// At a question: z[0,1,0,1], which is 4.
struct QuestionFixture {
  ConvLesson lesson;
  Session session{Trace(lesson.tape, lesson.loss)};

  QuestionFixture() {
    predict(session, "on");
    go_to(session, "4");
  }
};

}  // namespace

TEST_CASE("An answer is a number, with a decimal point or comma, or a fraction") {
  CHECK(parse_answer("-4") == -4);
  CHECK(parse_answer("1.25") == 1.25);
  CHECK(parse_answer("1,25") == 1.25);
  CHECK(parse_answer("5/4") == 1.25);
  CHECK(parse_answer("-3 / 2") == -1.5);
  CHECK(std::isnan(parse_answer("nan").value()));
  for (const char* none : {"", "s 2", "1,2,3", "1.5,2", "5/0", "/4", "1/2/3", "z/2"})
    CHECK_FALSE(parse_answer(none));
}

TEST_CASE_FIXTURE(QuestionFixture, "A right answer counts, at whichever try, and closes the question") {
  CHECK(take_answer(session, 56).text.starts_with("not 56: try again"));
  CHECK(session.question);
  const auto answer = take_answer(session, 4);
  CHECK(answer.text == "right: z[0,1,0,1] = 4\n1 of 1 right\n");
  CHECK(parsed(answer.data)["score"] == nlohmann::json({{"right", 1}, {"asked", 1}}));
  CHECK_FALSE(session.question);
}

TEST_CASE_FIXTURE(QuestionFixture, "Three wrong answers, or skip, give it up") {
  for (int i = 0; i < 2; i++) take_answer(session, 56);
  CHECK(take_answer(session, 56).text.starts_with("not 56, z[0,1,0,1] = 4\n"));
  CHECK_FALSE(session.question);
  step_forward(session, "");
  const std::string skipped = skip(session).text;
  CHECK(skipped.starts_with("a[0,1,0,0] = "));
  CHECK(skipped.ends_with("\n0 of 2 right\n"));
  CHECK(predict(session, "off").text == "moves show their numbers\n0 of 2 right\n");
  predict(session, "on");
  CHECK(predict(session, "off").text == "moves show their numbers\n");  // a score of its own
}

TEST_CASE_FIXTURE(QuestionFixture, "Each hint says more, and a new question begins anew") {
  const std::string first = hint(session).text, second = hint(session).text;
  CHECK(second.starts_with(first));
  CHECK(second.size() > first.size());
  CHECK(hint(session).text == second);
  go_to(session, "4");
  CHECK(hint(session).text == first);
}

TEST_CASE_FIXTURE(QuestionFixture, "Without a question there is nothing to skip and no hint") {
  skip(session);
  CHECK_THROWS_WITH_AS(skip(session), "there is no question to skip; `predict on` and a move ask one", Error);
  CHECK_THROWS_WITH_AS(hint(session), doctest::Contains("there is no question to give a hint for"), Error);
}
