#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/formula/function.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "close.h"

using namespace reel;
using doctest::Contains;

namespace {

const std::map<std::string, double> kConstants{{"slope", -0.5}, {"size", 0.1}, {"least", -INFINITY}};

std::string text_of(const Expression& e) {
  if (e.operands.empty()) return e.symbol;
  std::vector<std::string> operands;
  for (const Expression& operand : e.operands) operands.push_back(text_of(operand));
  return fmt::format("({} {})", e.symbol, fmt::join(operands, " "));
}

std::string parsed_function(std::string_view words) { return text_of(parse_function(words, kConstants)); }

}  // namespace

TEST_CASE("The words of a function are read as mathematics is written") {
  CHECK(parsed_function("x Phi(x)") == "(* x (Phi x))");
  CHECK(parsed_function("2 x + 3 / x - 1") == "(- (+ (* 2 x) (/ 3 x)) 1)");
  CHECK(parsed_function("-x^2 slope") == "(* (- (^ x 2)) -0.5)");
  CHECK(parsed_function("x^-1.5e-3") == "(^ x (- 1.5e-3))");
  CHECK(parsed_function("1 / (1 + exp(-x))") == "(/ 1 (+ 1 (exp (- x))))");
}

TEST_CASE("Of cases the first that holds counts, and 0 where none does") {
  CHECK(parsed_function("x where x > 0, else slope x") == "(where (> x 0) x (* -0.5 x))");
  CHECK(parsed_function("1 where -1 < x <= 1") == "(where (and (< (- 1) x) (<= x 1)) 1 0)");
  CHECK(parsed_function("0 where x < 0, 1 where x < 1, else x") == "(where (< x 0) 0 (where (< x 1) 1 x))");
}

TEST_CASE("What words define is put in its place") {
  CHECK(parsed_function("t (1 - t), s = 2 x, t = sigmoid(s)") ==
        "(* (sigmoid (* 2 x)) (- 1 (sigmoid (* 2 x))))");
}

TEST_CASE("Read words are evaluated") {
  const auto value = [](std::string_view words, double x) {
    return evaluate(parse_function(words, kConstants, {"x", "y"}), x, 7);
  };
  CHECK(value("x where x > 0, else slope x", -3) == 1.5);
  CHECK(value("y - x size", 10) == 6);
  CHECK(value("x where x > least, else least", -3) == -3);
  CHECK(value("x where x > 0, else slope x", 3) == 3);
  CHECK(value("1 where -1 < x <= 1", 1) == 1);
  CHECK(value("1 where -1 < x <= 1", -1) == 0);
  CHECK(value("-x^2 / 4 + 2 x - 1", 4) == 3);
  CHECK(value("abs(x) sign(x) relu6(x)", 7) == 42);
  CHECK(value("x where x >= 2, 9 where x < 1", 2) == 2);
  CHECK_CLOSE(value("log(exp(x)) + sqrt(x) - log1p(x)", 4), 6 - std::log(5.0), reel_test::kExact);
  CHECK_CLOSE(value("Phi(x)", 1), 0.841344746068543, reel_test::kExact);
  CHECK_CLOSE(value("phi(x) + tanh(x) - sigmoid(x)", 1),
              0.241970724519143 + std::tanh(1.0) - 1 / (1 + std::exp(-1.0)), reel_test::kExact);
}

TEST_CASE("Words that cannot be read are an error that says where") {
  const auto refuses = [](std::string_view words, const char* why) {
    CHECK_THROWS_WITH_AS(parsed_function(words), Contains(why), Error);
  };
  refuses("x +", "they end too early");
  refuses("x ) y", "it is not clear from \")\" on");
  refuses("sin(x)", "nothing is called \"sin\"");
  refuses("(x", "they end too early");
  refuses("x where x", "they end too early");
  refuses("x where x = 2", "it is not clear from \"=\" on");
  refuses("", "they end too early");
  refuses("x y", "nothing is called \"y\"");
  refuses("x where x > low", "nothing is called \"low\"");
  for (const char* number : {"1.2.3", "1..5", "."})
    refuses(number, fmt::format("the words \"{0}\" cannot be read: \"{0}\" is no number", number).c_str());
  refuses("x^1.2.3e4", "\"1.2.3e4\" is no number");
  refuses("t x, t = 2 s, s = x", "nothing is called \"s\"");
}
