// Every op that ops.h declares has all that an op has. Its twin on the page is compared by page_engine_ops,
// over the same examples.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <reel/core/gradcheck.h>
#include <reel/core/random.h>

#include "close.h"
#include "explain_support.h"
#include "golden/golden.h"
#include "gradcheck_support.h"
#include "op_examples.h"
#include "uniform.h"

using namespace reel;
using reel_test::OpExample;

namespace {

using Names = std::set<std::string>;

// The functions that ops.h declares: "Var conv2d(Var x, ...".
Names declared_ops() {
  std::ifstream file(reel_test::ops_header());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::regex declaration("\n(?:Var|std::vector<Var>) ([a-z0-9_]+)\\(");
  Names names;
  for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end; ++match) {
    names.insert((*match)[1]);
  }
  return names;
}

// The op that an example is of: "conv2d" of "conv2d, padding".
std::string op_of(const OpExample& example) {
  return example.name.substr(0, example.name.find_first_of(", "));
}

// The declared ops that `covered` lacks.
Names missing(const Names& covered) {
  const Names declared = declared_ops();
  Names result;
  std::ranges::set_difference(declared, covered, std::inserter(result, result.end()));
  return result;
}

// The gradients of an example's inputs, undefined for those that want none.
template <class Wants>
std::vector<Tensor> gradients_of(const OpExample& example, const Wants& wants) {
  const GeneratorGuard same_numbers;  // for dropout
  Tape tape;
  std::vector<Var> inputs;
  for (const Tensor& x : example.inputs)
    inputs.push_back(wants(inputs.size()) ? tape.variable(x) : tape.input(x));
  const Var y = example.f(inputs);
  tape.backward(y, reel_test::uniform(y.shape(), -1, 1, 9));
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < inputs.size(); i++) result.push_back(wants(i) ? inputs[i].grad() : Tensor());
  return result;
}

std::string listed(const Names& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

TEST_CASE("ops.h declares ops") { CHECK(declared_ops().size() >= 60); }

TEST_CASE("Every op has an example, each number of which is explained") {
  Names explained;
  for (const OpExample& example : reel_test::op_examples()) {
    INFO(example.name);
    Tape tape;
    reel_test::check_explained(traced(example, tape));
    explained.insert(op_of(example));
  }
  CHECK(listed(missing(explained)) == "");
}

TEST_CASE("Every op has PyTorch's values and gradients") {
  Names golden;
  for (const char* file : {"ops", "convolutions"}) {
    for (const reel_test::GoldenCase& example : reel_test::read_goldens(file)) golden.insert(example.op);
  }
  CHECK(listed(missing(golden)) == "");
}

TEST_CASE("Every op has an example whose gradient agrees with differences" * reel_test::in_double_alone()) {
  // At a kink differences are of neither side; of a gradient that is all but 0, and beside a small variance,
  // rounding takes their digits.
  const Names hard{"relu",
                   "leaky_relu",
                   "clamp",
                   "elu",
                   "hardswish",
                   "max of equals",
                   "max_pool2d of equals",
                   "batch_norm2d of two",
                   "cross_entropy that is sure",
                   "group_norm"};
  Names checked;
  for (const OpExample& example : reel_test::op_examples()) {
    const GradcheckResult result = gradcheck(example.f, example.inputs);
    INFO(example.name << ": " << result.text());
    if (result.error <= reel_test::kGradientTolerance) {
      checked.insert(op_of(example));
    } else {
      CHECK(hard.contains(example.name));
    }
  }
  CHECK(listed(missing(checked)) == "");
}

TEST_CASE("An input has the same gradient whether the others want one or not") {
  for (const OpExample& example : reel_test::op_examples()) {
    INFO(example.name);
    const std::vector<Tensor> of_all = gradients_of(example, [](std::size_t) { return true; });
    for (std::size_t i = 0; i < of_all.size(); i++) {
      CAPTURE(i);
      const std::vector<Tensor> alone = gradients_of(example, [=](std::size_t input) { return input == i; });
      CHECK(std::ranges::equal(alone[i].values(), of_all[i].values()));
    }
  }
}
