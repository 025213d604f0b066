#include <reel/core/inspect/terminal/detail/term_table.h>

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::TermTable;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

// A table of terms of the lesson's convolution z.
struct TermFixture {
  ConvLesson lesson;
  Trace trace{lesson.tape, lesson.loss};
  TermTable table{trace, lesson.z.index(), 3};

  void add(std::vector<Index> loop, Factor a, Factor b, const char* note = "") {
    table.add({.loop = loop, .a = a, .b = b, .product = a.value * b.value, .note = note});
  }
};

Explanation formula(const char* text, std::vector<std::string> loop) {
  Explanation result;
  result.formula = text;
  result.loop = std::move(loop);
  return result;
}

Factor number(double value) { return {.value = value}; }
Factor input(std::size_t i, Index index, double value) {
  return {.of = Factor::Of::kInput, .input = i, .index = index, .value = value};
}

}  // namespace

TEST_CASE_FIXTURE(TermFixture, "Factors stand in the columns of their tensors, in whatever order they come") {
  add({0}, input(1, 0, 7), number(0), "padding");
  add({1}, input(0, 0, 3), input(1, 1, 2));
  add({2}, input(1, 2, 5), input(0, 1, -4));
  CHECK(table.text(formula("sum over k of x[k] * w[k]", {"k"})) ==
        "     k     x     w   product  running\n"
        "     0     0     7       0        0    padding\n"
        "     1     3     2       6        6\n"
        "     2    -4     5     -20      -14\n");
  CHECK(table.count_text(formula("sum over k of x[k] * w[k]", {"k"})) == "3 products");
}

TEST_CASE_FIXTURE(TermFixture, "Numbers of no tensor stay where they are") {
  add({}, input(0, 0, 3), number(1));
  add({}, number(2), number(1));
  add({}, input(2, 1, 4), number(1), "bias");
  const Explanation sum = formula("x + 2 + b", {});
  CHECK(table.text(sum) ==
        "     factor  running\n"
        "          3     3\n"
        "          2     5\n"
        "          4     9    bias b[1]\n");
  CHECK(table.count_text(sum) == "3 terms");
}

TEST_CASE_FIXTURE(TermFixture,
                  "Numbers of no tensor are called by their one name, a bias below them or not") {
  const auto called = [](double value, std::string_view name) {
    return Factor{.value = value, .name = name};
  };
  add({}, called(0.5, "xhat"), input(1, 0, 2));
  add({}, input(2, 1, 4), number(1), "bias");
  CHECK(table.text(formula("xhat * w + b", {})).starts_with("     xhat     w   product  running\n"));
}

TEST_CASE_FIXTURE(TermFixture, "Numbers of several names, or some without, are factors") {
  const auto called = [](double value, std::string_view name) {
    return Factor{.value = value, .name = name};
  };
  add({}, called(2, "slope"), called(0, "share"));
  add({}, called(3, "other"), number(5));
  CHECK(table.text(formula("a * b", {})).starts_with("     factor   factor   product  running\n"));
}

TEST_CASE_FIXTURE(TermFixture, "A table keeps what it shows and counts the rest") {
  for (Index k = 0; k < 5; k++) add({k}, input(0, k, 1), number(2));
  CHECK(table.count() == 5);
  CHECK(table.shown() == 3);
  CHECK(parsed(table.data()).size() == 3);
  CHECK(table.not_finite().empty());
  add({5}, input(0, 5, INFINITY), number(2));
  CHECK(table.not_finite() == "x[0,0,1,2] * 2 = inf * 2 = inf");
}

TEST_CASE_FIXTURE(TermFixture, "A term in words") {
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

TEST_CASE_FIXTURE(TermFixture, "A second factor that is 1 by chance has its column") {
  add({}, input(0, 0, 3), number(1));
  CHECK(table.text(formula("dy * slope", {})) ==
        "     x   factor   product  running\n"
        "     3        1      3        3\n");
  CHECK(table.count_text(formula("dy * slope", {})) == "1 product");
}

TEST_CASE_FIXTURE(TermFixture, "Of many terms those that are not 0 are shown, and runs of zeros are a line") {
  const auto product = [&](Index k, double a, const char* note = "") {
    add({k}, input(0, k % 9, a), input(1, 0, 2), note);
  };
  product(0, 0, "first");
  product(1, 0, "second");
  product(2, 5);
  product(3, 0, "alone");
  product(4, 6);
  for (Index k = 5; k < 9; k++) product(k, 0, "many");
  product(9, 7);
  product(10, 0);
  product(11, 8);
  CHECK(table.text(formula("sum over k of x[k] * w[k]", {"k"})) ==
        "     k     x     w   product  running\n"
        "     … 2 products are 0; the first: first\n"
        "     2     5     2     10       10\n"
        "     3     0     2      0       10    alone\n"
        "     4     6     2     12       22\n"
        "     … 4 products are 0; the first: many\n"
        "     9     7     2     14       36\n");
  CHECK(table.count() == 12);
  CHECK(table.shown() == 10);
  CHECK(parsed(table.data())[4] ==
        nlohmann::json({{"terms", 4}, {"product", 0}, {"running", 22}, {"note", "many"}}));
}

TEST_CASE_FIXTURE(TermFixture,
                  "Where there is less room columns are closer, and notes stand below their rows") {
  add({0, 1}, input(0, 0, 3), input(1, 0, -0.125), "a note");
  for (Index k = 0; k < 4; k++) add({1, k}, input(0, 1, 0), input(1, 0, 2), "off");
  const Explanation product = formula("sum over k,l of x[k] * w[l]", {"k", "l"});
  CHECK(table.text(product, 51) == table.text(product));
  CHECK(table.text(product, 30) ==
        "  k  l  x       w  product\n"
        "      running\n"
        "  0  1  3  -0.125   -0.375\n"
        "       -0.375  a note\n"
        "  … 4 products are 0; the\n"
        "      first: off\n");
}

TEST_CASE("Columns are as wide as the characters of their tensors' names") {
  Tape tape;
  const Var a = tape.variable(Tensor::from({1, 1}, {3})).named("größe");
  const Trace trace(tape, sum(matmul(a, tape.variable(Tensor::from({1, 1}, {2})).named("w")).named("y")));
  TermTable table(trace, trace.find("y"), 3);
  const auto explanation = trace.explain(trace.find("y"), 0, [&](const Term& term) { table.add(term); });
  CHECK(table.text(*explanation) ==
        "     k   größe     w   product  running\n"
        "     0       3     2      6        6\n");
}
