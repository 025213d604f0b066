#include <reel/core/formula/detail/explain.h>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <reel/core/error.h>
#include <reel/core/explain.h>
#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

using namespace reel;

namespace {

// y[i] = sum over u of x[2i+u-1] w[u], of which nothing but the formula is known.
Formula strided() {
  Formula f;
  const auto u = f.loop("u", 3), i = f.loop("i", 3);
  f.add({i}, {{0, {2 * formula::Affine(i) + u - 1}}, {1, {u}}});
  return f;
}

struct Told {
  Explanation explanation;
  std::string terms;  // "a*b" and the note of each
};

// What the formula says of an element of y, or of the gradient of an input.
Told told(const Formula& formula, const std::vector<Tensor>& inputs, const Tensor& y,
          std::optional<std::size_t> of_input, Index element) {
  Told result;
  const TermSink sink = [&](const Term& term) {
    result.terms += fmt::format("{:g}*{:g}{} ", term.a.value, term.b.value, term.note);
  };
  std::vector<std::string> names{"x", "w"};
  names.resize(inputs.size());
  Explain explain({.inputs = inputs,
                   .output = y,
                   .dy = of_input ? y : Tensor(),
                   .of_input = of_input,
                   .element = element,
                   .input_names = names,
                   .output_name = "y"},
                  sink);
  explain_formula(explain, formula);
  result.explanation = explain.explanation();
  return result;
}

const std::vector<Tensor>& strided_inputs() {
  static const std::vector<Tensor> tensors{Tensor::from({6}, {1, 2, 3, 4, 5, 6}),
                                           Tensor::from({3}, {10, 20, 30})};
  return tensors;
}

std::string loops_of(const Var& y) {
  for (const NodeInfo& node : y.tape().nodes()) {
    if (node.var.index() == y.index()) return std::to_string(node.macs);
  }
  return "";
}

}  // namespace

TEST_CASE("A formula's value is the sum over its free loops, and what lies outside is padding") {
  const Tensor y = Tensor::from({3}, {1, 2, 3});
  const Told first = told(strided(), strided_inputs(), y, {}, 0);
  CHECK(first.explanation.formula == "sum over u of x[u-1] * w[u]");
  CHECK(first.explanation.place == "x · w");
  CHECK(first.explanation.loop == std::vector<std::string>{"u"});
  CHECK(first.terms == "10*0padding 1*20 2*30 ");
  CHECK(told(strided(), strided_inputs(), y, {}, 1).terms == "2*10 3*20 4*30 ");
}

TEST_CASE("A gradient of a formula solves the index for the loop that was declared last") {
  const Tensor dy = Tensor::from({3}, {1, 2, 3});
  const Told even = told(strided(), strided_inputs(), dy, 0, 2),
             odd = told(strided(), strided_inputs(), dy, 0, 1);
  CHECK(even.explanation.formula == "sum over u of dy[(3-u)/2] * w[u], where that is a whole position");
  CHECK(even.terms == "2*20 ");
  CHECK(odd.terms == "2*10 1*30 ");
  const Told weight = told(strided(), strided_inputs(), dy, 1, 0);
  CHECK(weight.explanation.formula == "sum over i of dy[i] * x[2i-1]");
  CHECK(weight.terms == "1*0padding 2*2 3*4 ");
}

TEST_CASE("An element that no summand makes or reads is said to be so") {
  Formula f;
  const auto i = f.loop("i", 2);
  f.add({i + formula::Affine(1)}, {{0, {2 * formula::Affine(i)}}});
  f.elsewhere = 7;
  f.elsewhere_note = "padding";
  const std::vector<Tensor> x{Tensor::from({3}, {1, 2, 3})};
  const Tensor y = Tensor::from({4}, {7, 1, 3, 7});
  CHECK(told(f, x, y, {}, 2).explanation.formula == "x[2]");
  const Told outside = told(f, x, y, {}, 3), unread = told(f, x, y, 0, 1);
  CHECK(outside.explanation.formula == "7");
  CHECK(outside.terms == "7*1padding ");
  CHECK(unread.explanation.formula == "0, for no element of y reads it");
  CHECK(unread.explanation.sum == 0);
}

TEST_CASE("In a formula a group of channels is one whole digit of an index") {
  Formula f;  // y[o] = sum over c of x[2 (o / 3) + c]: three of six results read two of four numbers
  const auto o = f.loop("o", 6), c = f.loop("c", 2);
  f.add({o}, {{0, {2 * formula::group_of(o, 3) + c}}});
  const std::vector<Tensor> x{Tensor::from({4}, {1, 2, 3, 4})};
  const Tensor y = Tensor::from({6}, {3, 3, 3, 7, 7, 7});
  const Told value = told(f, x, y, {}, 4), gradient = told(f, x, y, 0, 1);
  CHECK(value.explanation.formula == "sum over c of x[c+2]");
  CHECK(value.explanation.place == "of 2 elements");
  CHECK(value.terms == "3*1 4*1 ");
  CHECK(gradient.explanation.formula == "sum over o of dy[o]");
  CHECK(gradient.terms == "3*1 3*1 3*1 ");
}

TEST_CASE("Summands are added and subtracted, and numbers stand as they are") {
  Formula f;
  const auto i = f.loop("i", 2);
  f.add({i}, {{0, {i}}}).scale.number = 2;
  f.add({i}, {{1, {i}}}).scale.number = -1;
  f.add({i}, {}).scale.number = -3;
  const Tensor y = Tensor::from({2}, {-11, -19});
  const Told value = told(f, strided_inputs(), y, {}, 1);
  CHECK(value.explanation.formula == "x[1] * 2 - w[1] - 3");
  CHECK(value.terms == "2*2 20*-1 -3*1 ");
  CHECK(told(f, strided_inputs(), y, 1, 0).explanation.formula == "dy[0] * -1");
}

TEST_CASE("Where masks choose between summands, what is not chosen is not read") {
  const Scalar bad = std::numeric_limits<Scalar>::quiet_NaN();
  const std::vector<Tensor> inputs{Tensor::from({2}, {3, bad}), Tensor::from({2}, {bad, 4})};
  Formula f;
  const auto i = f.loop("i", 2);
  f.add({i}, {{0, {i}}}).scale.mask = [] { return Tensor::from({2}, {1, 0}); };
  f.add({i}, {{1, {i}}}).scale.mask = [] { return Tensor::from({2}, {0, 1}); };
  for (formula::Summand& summand : f.summands) {
    summand.scale.chooses = true;
    summand.note = "not chosen";
  }
  const Tensor y = Tensor::from({2}, {3, 4}), dy = Tensor::from({2}, {bad, 5});
  const Told first = told(f, inputs, y, {}, 0), second = told(f, inputs, y, {}, 1);
  CHECK(first.explanation.formula == "x[0]");
  CHECK(first.terms == "3*1 nan*0not chosen ");
  CHECK(first.explanation.sum == 3);
  CHECK(second.explanation.formula == "w[1]");
  CHECK(second.explanation.sum == 4);
  const Told chosen = told(f, inputs, dy, 1, 1), other = told(f, inputs, dy, 1, 0);
  CHECK(chosen.explanation.formula == "dy[1]");
  CHECK(other.explanation.formula == "0, for dy[0] is not chosen");
  CHECK(other.explanation.sum == 0);
  for (formula::Summand& summand : f.summands) summand.scale.chooses = false;
  CHECK(std::isnan(told(f, inputs, y, {}, 0).explanation.sum));  // it is multiplied by 0
}

TEST_CASE("Multiply-adds follow from the formula, padding included, and are none where nothing is summed") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({2, 4, 5, 5})), w = tape.input(Tensor::ones({6, 2, 3, 1}));
  const Var rows = tape.input(Tensor::ones({3, 4}));
  CHECK(loops_of(conv2d(x, w, {}, {.padding = 1, .groups = 2})) == std::to_string(2 * 6 * 2 * 3 * 5 * 7));
  CHECK(loops_of(conv_transpose2d(x, tape.input(Tensor::ones({4, 3, 2, 2})), {}, {.stride = 2})) ==
        std::to_string(2 * 4 * 3 * 2 * 2 * 5 * 5));
  CHECK(loops_of(linear(rows, tape.input(Tensor::ones({5, 4})), tape.input(Tensor::ones({5})))) == "60");
  CHECK(loops_of(matmul(x, tape.input(Tensor::ones({5, 3})))) == std::to_string(2 * 4 * 5 * 3 * 5));
  for (const Var& y : {rows * rows, rows + rows, sum(rows), relu(rows), avg_pool2d(x, 2)})
    CHECK(loops_of(y) == "0");
}

namespace {

// A user's own op that says nothing but its formula: every second number.
class EverySecond : public Op {
 public:
  std::string_view name() const override { return "every_second"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::zeros({inputs[0].numel() / 2});
    for (Index i = 0; i < y.numel(); i++) y.set(i, inputs[0].at(2 * i));
    return y;
  }
  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::zeros(pass.input(0).shape());
    for (Index i = 0; i < pass.dy().numel(); i++) dx.set(2 * i, pass.dy().at(i));
    pass.add(0, dx);
  }
  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    Formula f;
    const auto i = f.loop("i", output[0]);
    f.add({i}, {{0, {2 * formula::Affine(i)}}});
    return {.formula = std::move(f)};
  }
};

}  // namespace

TEST_CASE("A program's own op is explained by its formula alone") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({4}, {1, 2, 3, 4})).named("x");
  const Var y = tape.apply(std::make_unique<EverySecond>(), {x}).named("y");
  const inspect::Trace trace(tape, sum(y));
  CHECK(trace.explain(y.index(), 1, [](const Term&) {})->formula == "x[2]");
  const std::size_t event = trace.grad_events(x.index()).back();
  CHECK(trace.explain(event, 2, [](const Term&) {})->formula == "dy[1]");
  CHECK(trace.explain(event, 1, [](const Term&) {})->formula == "0, for no element of y reads it");
}

namespace {

// What it is told that asks of the gradient of input 0.
std::string refused(const Formula& formula, const std::vector<Tensor>& inputs = strided_inputs()) {
  try {
    told(formula, inputs, Tensor::from({3}, {1, 2, 3}), 0, 0);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A loop that two places name is solved for in one, and the other is a condition") {
  Formula f;  // y[a,b,c] = x[a+b,b+c]
  const auto a = f.loop("a", 2), b = f.loop("b", 2), c = f.loop("c", 2);
  f.add({a, b, c}, {{0, {formula::Affine(a) + b, formula::Affine(b) + c}}});
  const std::vector<Tensor> x{Tensor::arange(9).reshape({3, 3})};
  const Tensor dy = Tensor::arange(8).reshape({2, 2, 2});
  const Told gradient = told(f, x, dy, 0, 4);
  CHECK(gradient.explanation.formula == "sum over a,c of dy[a,1-a,c], where 1-a+c = 1");
  CHECK(gradient.terms == "2*1 5*1 ");  // dy[0,1,0], dy[1,0,1]
}

TEST_CASE("A place that leaves one loop open once others are known comes first") {
  Formula f;  // y[a,b,c] = x[a+b,b+c,c]
  const auto a = f.loop("a", 2), b = f.loop("b", 2), c = f.loop("c", 2);
  f.add({a, b, c}, {{0, {formula::Affine(a) + b, formula::Affine(b) + c, c}}});
  const std::vector<Tensor> x{Tensor::arange(18).reshape({3, 3, 2})};
  const Tensor dy = Tensor::arange(8).reshape({2, 2, 2});
  const Told gradient = told(f, x, dy, 0, 9);  // of x[1,1,1]
  CHECK(gradient.explanation.formula == "dy[1,0,1]");
  CHECK(gradient.terms == "5*1 ");
  CHECK(told(f, x, dy, 0, 15).explanation.formula == "0, for no element of y reads it");  // x[2,1,1]
}

TEST_CASE("A formula may run backwards") {
  Formula f;  // y[i] = sum over u of x[3-i-u] w[u]
  const auto i = f.loop("i", 3), u = f.loop("u", 3);
  f.add({i}, {{0, {3 + -1 * formula::Affine(i) + -1 * formula::Affine(u)}}, {1, {u}}});
  const Tensor y = Tensor::from({3}, {1, 2, 3});
  const Told value = told(f, strided_inputs(), y, {}, 2), gradient = told(f, strided_inputs(), y, 0, 1);
  CHECK(value.explanation.formula == "sum over u of x[-u+1] * w[u]");
  CHECK(value.terms == "2*10 1*20 30*0padding ");
  CHECK(gradient.explanation.formula == "sum over i of dy[i] * w[2-i]");
  CHECK(gradient.terms == "1*30 2*20 3*10 ");
  CHECK(told(f, strided_inputs(), y, 0, 5).terms.empty());
  Formula strides;  // y[2i-u] = x[i] w[u]: i is (4 + u) / 2
  const auto v = strides.loop("u", 3), j = strides.loop("i", 4);
  strides.add({2 * formula::Affine(j) + -1 * formula::Affine(v)}, {{0, {j}}, {1, {v}}});
  const Told even = told(strides, strided_inputs(), Tensor::zeros({7}), {}, 4);
  CHECK(even.explanation.formula == "sum over u of x[(4+u)/2] * w[u], where that is a whole position");
  CHECK(even.terms == "3*10 4*30 ");
}

TEST_CASE("What is solved for stands in parentheses where it is multiplied or divided") {
  Formula f;  // y[u+i] = x[2i] w[i/2] for each u
  const auto u = f.loop("u", 3), i = f.loop("i", 4);
  f.add({formula::Affine(u) + i}, {{0, {2 * formula::Affine(i)}}, {1, {formula::group_of(i, 2)}}});
  const std::vector<Tensor> inputs{Tensor::arange(7), Tensor::from({2}, {10, 20})};
  const Told value = told(f, inputs, Tensor::zeros({6}), {}, 3);
  CHECK(value.explanation.formula == "sum over u of x[2(3-u)+0] * w[((3-u)/2)]");
  CHECK(value.terms == "6*20 4*20 2*10 ");
}

TEST_CASE("A table says where a factor stands, and the loops that it says nothing of are free") {
  Formula f;  // y[n,d] = x[index[n],d]
  const auto n = f.loop("n", 3), d = f.loop("d", 2);
  f.add({n, d}, {{0, {formula::Table{"index", {n}, Tensor::from({3}, {2, 0, 2})}, d}}});
  const std::vector<Tensor> x{Tensor::arange(6).reshape({3, 2})};
  const Tensor y = Tensor::arange(6).reshape({3, 2});
  CHECK(told(f, x, y, {}, 1).explanation.formula == "x[2,1]");
  const Told gradient = told(f, x, y, 0, 5), none = told(f, x, y, 0, 2);
  CHECK(gradient.explanation.formula == "sum over n of dy[n,1], where index[n] = 2");
  CHECK(gradient.terms == "1*1 5*1 ");
  CHECK(none.explanation.formula == "sum over n of dy[n,0], where index[n] = 1");
  CHECK(none.terms.empty());
}

TEST_CASE("Weights of a table multiply a product, which is none where one is 0") {
  Formula f;  // y[i] = sum over u of x[first[i]+u] weight[i,u] share[i]
  const auto i = f.loop("i", 3), u = f.loop("u", 2);
  const formula::Table first{"first", {i}, Tensor::from({3}, {0, 0, 5})},
      weight{"weight", {i, u}, Tensor::from({3, 2}, {1, 0, 2, 3, 4, 0})};
  f.add({i}, {{0, {formula::Affine(first) + u}}}).scale.weights = {weight};
  const Tensor y = Tensor::from({3}, {1, 2, 3});
  const Told value = told(f, strided_inputs(), y, {}, 1), last = told(f, strided_inputs(), y, {}, 2);
  CHECK(value.explanation.formula == "sum over u of x[u+0] * weight[1,u]");
  CHECK(value.terms == "1*2 2*3 ");
  CHECK(last.terms == "6*4 ");  // x[6] is not padding: it is not read
  const Told gradient = told(f, strided_inputs(), y, 0, 0);
  CHECK(gradient.explanation.formula == "sum over i of dy[i] * weight[i,0-first[i]]");
  CHECK(gradient.terms == "1*1 2*2 ");
  f.summands[0].scale.weights.push_back({"share", {i}, Tensor::from({3}, {1, Scalar(0.5), 1})});
  CHECK(told(f, strided_inputs(), y, {}, 1).terms == "1*12 * 0.5 2*1.53 * 0.5 ");
}

TEST_CASE("A formula multiplies two numbers at most") {
  Formula f = strided();
  f.summands[0].scale.number = 2;
  CHECK(refused(f).find("multiplies more than two numbers") != std::string::npos);
  Formula weighted;
  const auto i = weighted.loop("i", 3);
  formula::Scale& scale = weighted.add({i}, {{0, {i}}}).scale;
  scale.weights = {{"weight", {i}, Tensor::ones({3})}};
  CHECK(refused(weighted).empty());
  scale.number = 2;
  CHECK(refused(weighted).find("multiplies more than two numbers") != std::string::npos);
}

TEST_CASE("What no formula can be is said") {
  using formula::Affine;
  const auto said = [](const std::function<void(Formula&, formula::Loop)>& build) {
    Formula f;
    const auto i = f.loop("i", 3);
    build(f, i);
    return refused(f);
  };
  const auto one = [&](const Affine& place) {
    return said([&](Formula& f, formula::Loop i) { f.add({i}, {{0, {place}}}); });
  };
  const formula::Loop only{0};
  CHECK(one(only).empty());
  CHECK(one(formula::Loop{1}) == "its formula has 1 loops, and names one that is none of them");
  CHECK(one(0 * Affine(only)) == "its formula has a step of 0; leave that loop out");
  CHECK(one(formula::group_of(only, -1)) == "its formula has groups of -1 turns");
  CHECK(one(formula::Table{"first", {only}, Tensor::full({3}, Scalar(0.5))}) ==
        "its formula has a table first of places with a number that is not whole");
  CHECK(said([](Formula& f, formula::Loop i) {
          f.add({i}, {}).scale = {4, true};
        }) == "its formula scales a number alone; write the number that it is");
  CHECK(one(Affine(only) + only) == "its formula names loop i twice in a place");
  CHECK(one(formula::Table{"first", {only}, Tensor::ones({2})}) ==
        "its formula has a table first that is not in the shape of its loops");
  CHECK(said([](Formula& f, formula::Loop i) {
          f.add({i}, {{2, {i}}});
        }) == "its formula reads input 2, the op has 2");
  CHECK(said([](Formula& f, formula::Loop i) {
          f.add({i}, {{0, {i, 0}}});
        }) ==
        "its formula has 2 places in input 0 [6]; one for each dimension, or one in row-major order, are "
        "wanted");
  CHECK(said([](Formula& f, formula::Loop i) {
          f.add({i, i}, {{0, {i}}});
        }).find("2 places in its result [3]") != std::string::npos);
  CHECK(said([](Formula& f, formula::Loop i) {
          const auto c = f.loop("c", 3);
          f.add({i}, {{0, {2 * formula::group_of(i, 3) + c}}});
        }) == "its formula has a group's number that is no whole digit of its place");
  CHECK(said([](Formula& f, formula::Loop i) {
          const auto c = f.loop("c", 3);
          f.add({i}, {{0, {i}}}).scale.weights = {{"weight", {c}, Tensor::ones({3})}};
        }) == "its formula scales by loop c, at which no tensor of the product stands");
  CHECK(said([](Formula& f, formula::Loop i) {
          f.add({i}, {{0, {i}}}).scale.mask = [] { return Tensor::ones({2}); };
        }) == "the mask of its formula is [2], its result [3]");
}

TEST_CASE("A tape refuses a formula that none can be, by the op's name") {
  struct Wrong : EverySecond {
    OpFacts facts(std::span<const Shape>, const Shape&) const override {
      Formula f;
      f.add({formula::Loop{5}}, {{0, {0}}});
      return {.formula = std::move(f)};
    }
  };
  Tape tape;
  const Var y = tape.apply(std::make_unique<Wrong>(), {tape.variable(Tensor::ones({4}))});
  CHECK_THROWS_WITH_AS(tape.nodes(), doctest::Contains("every_second (test_formula.cpp:"), Error);
  CHECK_THROWS_WITH_AS(inspect::Trace(tape, sum(y)), doctest::Contains("none of them"), Error);
}

TEST_CASE("What several factors read of one input is followed where it is the same") {
  const Shape images{1, 1, 3, 3};
  for (const Index beside : {0, 1}) {
    Formula f;
    const auto i = f.loop("i", 3), j = f.loop("j", 3);
    f.add({0, 0, i, j}, {{0, {0, 0, i, j}}});
    f.add({0, 0, i, j}, {{0, {0, 0, formula::Affine(i) - beside, j}}});
    const Reads::Kind kind = reads_of(f, 0, images, images).kind;
    CHECK(kind == (beside == 0 ? Reads::Kind::kPixels : Reads::Kind::kRearranged));
  }
}

TEST_CASE("What a result in row-major order reads of an image is not followed") {
  Formula f;
  const auto i = f.loop("i", 5);
  f.add({i}, {{0, {0, 0, 0, i}}});
  CHECK(reads_of(f, 0, {1, 1, 1, 5}, {1, 1, 1, 5}).kind == Reads::Kind::kRearranged);
}
