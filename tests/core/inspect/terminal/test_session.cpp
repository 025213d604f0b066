#include <reel/core/inspect/terminal/detail/session.h>

#include <doctest/doctest.h>

#include "conv_lesson.h"

using namespace reel;

TEST_CASE("A copy of a session shares its traces") {
  const reel_test::ConvLesson lesson;
  const inspect::Session session(inspect::Trace(lesson.tape, lesson.loss));
  const inspect::Session copy = session;  // NOLINT: it is what is tested
  CHECK(&copy.trace() == &session.trace());
  CHECK(session.original == session.current);
}
