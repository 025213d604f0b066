#include <reel/core/inspect/terminal/term_table.h>

#include <doctest/doctest.h>

#include <cmath>

#include "conv_lesson.h"

using namespace reel;
using inspect::TermTable;
using inspect::Trace;
using reel_test::ConvLesson;

namespace {

// A table of terms of the lesson's convolution z.
struct Fixture {
  ConvLesson lesson;
  Trace trace{lesson.tape, lesson.loss};
  TermTable table{trace, lesson.z.index(), 3};

  void add(std::vector<Index> loop, Factor a, Factor b, const char* note = "") {
    table.add({.loop = loop, .a = a, .b = b, .product = a.value * b.value, .note = note});
  }
};

Factor number(double value) { return {.value = value}; }
Factor input(std::size_t i, Index index, double value) {
  return {.of = Factor::Of::kInput, .input = i, .index = index, .value = value};
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "Factors stand in the columns of their tensors, in whatever order they come") {
  add({0}, input(1, 0, 7), number(0), "padding");
  add({1}, input(0, 0, 3), input(1, 1, 2));
  add({2}, input(1, 2, 5), input(0, 1, -4));
  CHECK(table.text({"k"}) ==
        "     k     x     w   product  running\n"
        "     0     0     7       0        0    padding\n"
        "     1     3     2       6        6\n"
        "     2    -4     5     -20      -14\n");
  CHECK(table.count_text() == "3 products");
}

TEST_CASE_FIXTURE(Fixture, "Numbers of no tensor stay where they are") {
  add({}, input(0, 0, 3), number(1));
  add({}, number(2), number(1));
  add({}, input(2, 1, 4), number(1), "bias");
  CHECK(table.text({}) ==
        "     x  running\n"
        "     3     3\n"
        "     2     5\n"
        "     4     9    bias b[1]\n");
  CHECK(table.count_text() == "3 terms");
}

TEST_CASE_FIXTURE(Fixture, "A table keeps what it shows and counts the rest") {
  for (Index k = 0; k < 5; k++) add({k}, input(0, k, 1), number(2));
  CHECK(table.count() == 5);
  CHECK(table.shown() == 3);
  CHECK(table.data().size() == 3);
  CHECK(table.not_finite().empty());
  add({5}, input(0, 5, INFINITY), number(2));
  CHECK(table.not_finite() == "x[0,0,1,2] * 2 = inf * 2 = inf");
}

TEST_CASE_FIXTURE(Fixture, "A term in words") {
  const auto text = [&](Factor a, Factor b) {
    return inspect::term_text(trace, lesson.z.index(),
                              {.loop = {}, .a = a, .b = b, .product = a.value * b.value, .note = ""});
  };
  CHECK(text(input(0, 10, 2), input(1, 5, 3)) == "x[0,1,0,1] * w[0,1,0,1] = 2 * 3 = 6");
  CHECK(text({.of = Factor::Of::kOutputGradient, .index = 3, .value = -1.5}, number(1)) ==
        "dz[0,0,1,1] = -1.5");
  CHECK(text(number(2), number(3)) == "2 * 3 = 6");
  CHECK(text(number(2), number(1)) == "2");
}
