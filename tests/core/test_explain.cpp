#include <reel/core/explain.h>

#include <doctest/doctest.h>

#include <reel/core/error.h>

#include "compare_support.h"

using namespace reel;

namespace {

const std::vector<Tensor>& inputs() {
  static const std::vector<Tensor> tensors = {Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6}),
                                              Tensor::from({3}, {7, 8, 9})};
  return tensors;
}

Explain::Question question(std::optional<std::size_t> of_input, Index element) {
  return {.inputs = inputs(),
          .output = Tensor::from({2, 2}, {1, 2, 3, 4}),
          .dy = of_input ? Tensor::from({2, 2}, {5, 6, 7, 8}) : Tensor(),
          .of_input = of_input,
          .element = element,
          .input_names = {"x", "w"},
          .output_name = "z"};
}

const TermSink kIgnore = [](const Term&) {};

}  // namespace

TEST_CASE("An op sees which number is asked for, and what its tensors are called") {
  const Explain value(question({}, 2), kIgnore);
  CHECK(value.of_output());
  CHECK(value.shape() == Shape{2, 2});
  CHECK(value.at(0) == 1);
  CHECK(value.at(-1) == 0);
  CHECK(value.x_name(1) == "w");
  CHECK(value.dy_name() == "dz");
  const Explain gradient(question(0, 5), kIgnore);
  CHECK(gradient.of_input() == 0);
  CHECK(gradient.shape() == Shape{2, 3});
  CHECK(gradient.at(0) == 1);
  CHECK(gradient.at(1) == 2);
}

TEST_CASE("A factor knows where it stands") {
  const Explain gradient(question(0, 0), kIgnore);
  const Factor x = gradient.x(1, 2), y = gradient.y(3), dy = gradient.dy(1);
  CHECK(x.of == Factor::Of::kInput);
  CHECK(x.input == 1);
  CHECK(x.index == 2);
  CHECK(x.value == 9);
  CHECK(y.of == Factor::Of::kOutput);
  CHECK(y.value == 4);
  CHECK(dy.of == Factor::Of::kOutputGradient);
  CHECK(dy.value == 6);
  CHECK(Explain::number(0.5).of == Factor::Of::kNumber);
}

TEST_CASE("Terms go to the sink one by one and are summed") {
  std::string seen;
  const TermSink sink = [&](const Term& term) {
    for (const Index i : term.loop) seen += std::to_string(i) + " ";
    seen += std::string(term.note) + ";";
  };
  Explain explain(question(0, 0), sink);
  explain.rule("here", "sum over i,j of dz[i] * w[j]", {"i", "j"});
  explain.term({0, 1}, explain.dy(0), explain.x(1, 0));
  explain.term({}, explain.dy(1), Explain::number(-1), "bias");
  explain.left_out({2, 0}, Explain::number(INFINITY), "padding");
  CHECK(seen == "0 1 ;bias;2 0 padding;");
  const Explanation& said = explain.explanation();
  CHECK(said.place == "here");
  CHECK(said.loop.size() == 2);
  CHECK(said.terms == 3);
  CHECK(said.sum == 29);
  CHECK(said.magnitude == 41);
}

TEST_CASE("An explanation that asks for what the op does not have is an error") {
  const Explain value(question({}, 0), kIgnore);
  CHECK(reel_test::error_of<Error>([&] { (void)value.x(2, 0); }).find("input 2, it has 2") !=
        std::string::npos);
  CHECK(reel_test::error_of<Error>([&] { (void)value.dy(0); }).find("dy") != std::string::npos);
}

TEST_CASE("An element's index, the names of a loop over a tensor, and the loop itself") {
  CHECK(index_text({2, 3}, 4) == "[1,1]");
  CHECK(index_text({1, 2, 3, 3}, 17) == "[0,1,2,2]");
  CHECK(index_text({}, 0) == "");
  CHECK(loop_names({1, 2, 3, 4}) == std::vector<std::string>{"n", "c", "i", "j"});
  CHECK(loop_names({5, 6}) == std::vector<std::string>{"i", "j"});
  CHECK(loop_names({}).empty());
  std::vector<Index> index(2);
  std::string order;
  do {
    order += std::to_string(index[0]) + std::to_string(index[1]) + " ";
  } while (next_index({2, 2}, index));
  CHECK(order == "00 01 10 11 ");
  CHECK_FALSE(next_index({}, {}));
}

TEST_CASE("An explanation of elements or with counters that there are not is an error") {
  Explain e(question(std::nullopt, 0), kIgnore);
  for (const Index at : {Index{-1}, Index{3}}) CHECK_THROWS_AS(e.x(1, at), Error);
  CHECK_THROWS_WITH_AS(e.x(0, 6), doctest::Contains("asks for element 6 of [2,3]"), Error);
  CHECK_THROWS_AS(e.y(4), Error);
  e.rule("here", "sum over i of x[i]", {"i"});
  CHECK_THROWS_WITH_AS(e.term({1, 2}, e.x(0, 0), e.x(0, 0)),
                       doctest::Contains("2 counters, its rule named 1"), Error);
  CHECK(e.explanation().terms == 0);
}
