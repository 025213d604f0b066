// Writes a step through each op, as the page gets it, and what the library says of every number in it: a JSON
// object a line, for engine.test.mjs. write_ops FILE
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/core/inspect/page/detail/page_data.h>
#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/reel.h>

#include "conv_lesson.h"
#include "field_nets.h"
#include "json_support.h"
#include "lenet_step.h"
#include "op_examples.h"
#include "uniform.h"

using namespace reel;
using nlohmann::json;
using reel_test::parsed;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;
using Function = std::function<Var(Vars)>;

constexpr Index kAll = Index{1} << 30;  // no tensor is cropped

// [place, formula, loop, number of terms, notes, names of factors that stand in no tensor, magnitude] of each
// element of what an event made; null without.
json explained(const inspect::Trace& trace, std::size_t event) {
  json elements = json::array();
  for (Index i = 0; i < trace.made(event).numel(); i++) {
    std::string notes, names;
    const auto e = trace.explain(event, i, [&](const Term& term) {
      notes += fmt::format("{}|", term.note);
      names += fmt::format("{},{}|", term.a.name, term.b.name);
    });
    if (!e) return nullptr;
    elements.push_back({e->place, e->formula, e->loop, e->terms, notes, names, e->magnitude});
  }
  return elements;
}

class Writer {
 public:
  explicit Writer(const std::string& path) : out_(path) {}

  // The page's data alone, of a step that is too large to compare every word of.
  void add_step(const std::string& name, const inspect::Trace& trace) {
    out_ << json{{"name", name}, {"data", parsed(page_data(trace, {.title = name, .max_elements = kAll}))}}
                .dump()
         << '\n';
  }

  // What the terminal says of the receptive fields of a network's output.
  void add_fields(const reel_test::FieldNet& net) {
    Tape tape;
    const Var y = net.f(tape.variable(uniform({1, 2, 9, 8})).named("x"));
    const inspect::Trace trace(tape, mean(y));
    json fields = json::array();
    for (Index i = 0; i < y.numel(); i++)
      fields.push_back(parsed(receptive_field(trace, y.index(), i).data)["fields"]);
    out_ << json{{"name", net.name},
                 {"data", parsed(page_data(trace, {.title = net.name, .max_elements = kAll}))},
                 {"of", y.index()},
                 {"fields", fields}}
                .dump()
         << '\n';
  }

  // A small step, and every word that the library says of it.
  void add(const reel_test::OpExample& example) {
    Tape tape;
    const inspect::Trace trace = traced(example, tape);
    json texts = json::array();
    for (std::size_t event = 0; event < trace.events().size(); event++) {
      texts.push_back(explained(trace, event));
    }
    out_ << json{{"name", example.name},
                 {"data", parsed(page_data(trace, {.title = example.name, .max_elements = kAll}))},
                 {"texts", std::move(texts)}}
                .dump()
         << '\n';
  }

  bool finish() { return static_cast<bool>(out_.flush()); }

 private:
  std::ofstream out_;
};

// Where an op holds back an infinity, multiplies it by 0 or makes a NaN.
void corners(Writer& out) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Tensor dy = Tensor::from({5}, {1, -2, 0, infinity, NAN}), t = Tensor::full({5, 10}, Scalar(0.25));
  const std::vector<Scalar> numbers{0, Scalar(-0.0), 1, -1, infinity, -infinity, NAN, 1000, -1000, 2};
  Tensor x = Tensor::zeros({5, 10}), odd = Tensor::zeros({5, 10});
  for (Index i = 0; i < x.numel(); i++) {
    x.set(i / 10, i % 10, numbers[static_cast<std::size_t>(i % 10)]);
    odd.set(i / 10, i % 10, (i / 10 + i) % 2);
  }
  const std::vector<std::pair<std::string, Function>> functions{
      {"relu", [](Vars v) { return relu(v[0]); }},
      {"leaky_relu", [](Vars v) { return leaky_relu(v[0], Scalar(0.25)); }},
      {"gelu", [](Vars v) { return gelu(v[0]); }},
      {"silu", [](Vars v) { return silu(v[0]); }},
      {"sigmoid", [](Vars v) { return sigmoid(v[0]); }},
      {"tanh", [](Vars v) { return tanh(v[0]); }},
      {"exp", [](Vars v) { return exp(v[0]); }},
      {"log", [](Vars v) { return log(v[0]); }},
      {"sqrt", [](Vars v) { return sqrt(v[0]); }},
      {"pow 0.5", [](Vars v) { return pow(v[0], Scalar(0.5)); }},
      {"pow 0", [](Vars v) { return pow(v[0], 0); }},
      {"abs", [](Vars v) { return abs(v[0]); }},
      {"clamp", [](Vars v) { return clamp(v[0], -1, 1); }},
      {"dropout", [](Vars v) { return dropout(v[0], 0.5); }},
      {"where", [&](Vars v) { return where(odd, v[0], 2); }},
      {"mse_loss", [&](Vars v) { return mse_loss(v[0], t, {Reduction::kNone}); }},
      {"l1_loss", [&](Vars v) { return l1_loss(v[0], t, {Reduction::kNone}); }},
      {"bce_with_logits", [&](Vars v) { return bce_with_logits(v[0], t, {Reduction::kNone}); }},
      {"cross_entropy", [&](Vars v) { return cross_entropy(v[0], t, {.reduction = Reduction::kNone}); }}};
  for (const auto& [name, f] : functions) {
    Tape tape;
    const Var y = f(std::vector{tape.variable(x)});
    out.add_step(name + " at its corners",
                 inspect::Trace(tape, sum(y * tape.input(y.value().dim() == 1 ? dy : dy.reshape({5, 1})))));
  }
}

// A frame that no max pool takes a number of.
void padded_with_infinity(Writer& out) {
  Tape tape;
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Var y = pad2d(tape.variable(uniform({1, 1, 2, 2})).named("x"), 1, -infinity).named("y");
  out.add_step("pad2d by -inf at its corners", inspect::Trace(tape, sum(max_pool2d(y, 2))));
}

// Elements that were set in what an op computed: constants, of which the op gets no gradient.
void branches(Writer& out) {
  const reel_test::ConvLesson lesson;
  const inspect::Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = lesson.z.index();
  out.add_step("the lesson, z set", trace.with(z, 0, 10).with(z, 3, 0));
  Tape tape;
  const Var y = softmax(tape.variable(uniform({2, 4})).named("x")).named("y");
  const inspect::Trace chosen(tape, mse_loss(y, uniform({2, 4})));
  out.add_step("softmax, y set", chosen.with(y.index(), 1, Scalar(0.9)));
  Tape words;
  const Var table = words.variable(uniform({3, 2})), index = words.input(Tensor::from({2, 2}, {2, 0, 1, 2}));
  const inspect::Trace looked_up(words, sum(embedding(table, index)));
  out.add_step("embedding, index set", looked_up.with(index.index(), 0, 1));
}

// y = slope x + 0.01, of which its words are all that the program says.
class OwnLine : public Op {
 public:
  std::string_view name() const override { return "line"; }
  Tensor forward(std::span<const Tensor> inputs) override { return mapped(inputs[0], Scalar(0.01)); }
  void backward(BackwardPass& pass) override { pass.add(0, mapped(pass.dy(), 0)); }
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {{"slope", {0.5}}}, .function = FunctionText{"slope x + 1e-2", "slope"}};
  }

 private:
  static Tensor mapped(const Tensor& x, Scalar shift) {
    Tensor y = x.clone();
    for (Scalar& number : y.mutable_values()) number = Scalar(0.5) * number + shift;
    return y;
  }
};

void own_function(Writer& out) {
  Tape tape;
  const Var y = tape.apply(std::make_unique<OwnLine>(), {tape.variable(uniform({2, 4})).named("x")});
  out.add_step("a function of the program's own", inspect::Trace(tape, sum(y * y)));
}

void fields(Writer& out) {
  for (const reel_test::FieldNet& net : reel_test::field_nets()) out.add_fields(net);
}

void lenet(Writer& out) {
  const reel_test::LeNetStep step;
  out.add_step("LeNet", inspect::Trace(step.tape, step.loss));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  Writer out(argv[1]);
  for (const reel_test::OpExample& example : reel_test::op_examples()) out.add(example);
  for (const auto family : {branches, corners, padded_with_infinity, own_function, fields, lenet})
    family(out);
  const reel_test::ConvLesson lesson;
  out.add_step("the lesson", inspect::Trace(lesson.tape, lesson.loss));
  return out.finish() ? 0 : 1;
}
