// Every op against PyTorch: the value and the gradient of each input.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <reel/core/ops/ops.h>

#include "close.h"
#include "golden/golden.h"
#include "golden/golden_check.h"
#include "golden/golden_ops.h"

using namespace reel;
using reel_test::check_golden;
using reel_test::GoldenCase;

namespace {

void check_case(const GoldenCase& golden, const reel_test::GoldenOp& function) {
  Tape tape;
  const std::vector<Var> inputs = reel_test::golden_inputs(tape, golden);
  const Var y = function(golden, inputs);
  check_golden(y.value(), golden.tensor("y"), golden.label + " y");
  for (const auto& [name, after] :
       golden.tensors) {  // what a call changes: running_mean_after of running_mean
    const std::size_t suffix = name.find("_after");
    if (suffix != std::string::npos)
      check_golden(golden.tensor(name.substr(0, suffix)), after, golden.label + " " + name);
  }
  tape.backward(y, golden.tensor("dy"));
  for (std::size_t i = 0; i < inputs.size(); i++) {
    const std::string name = fmt::format("dx{}", i);
    check_golden(inputs[i].grad(), golden.tensor(name), golden.label + " " + name);
  }
}

// Checks every case of a file and returns how many there were of each op.
std::map<std::string, int> check_file(const std::string& file) {
  const reel_test::GoldenOps& table = reel_test::golden_ops();
  std::map<std::string, int> counts;
  for (const GoldenCase& golden : reel_test::read_goldens(file)) {
    CAPTURE(golden.label);
    const auto function = table.find(golden.op);
    REQUIRE_MESSAGE(function != table.end(), "no function for ", golden.label);
    CHECK_NOTHROW(check_case(golden, function->second));
    counts[golden.op]++;
  }
  return counts;
}

}  // namespace

TEST_CASE("The comparison with a reference sees a wrong number, a NaN and a wrong shape") {
  const Tensor expected = Tensor::from({2}, {4, 0});
  CHECK(reel_test::relative_error(expected, expected) == 0);
  CHECK(reel_test::relative_error(Tensor::from({2}, {4, 1}), expected) == 0.25);
  CHECK(std::isinf(reel_test::relative_error(Tensor::from({1}, {4}), expected)));
  CHECK(std::isinf(reel_test::relative_error(Tensor::from({2}, {4, std::nanf("")}), expected)));
  CHECK(std::isinf(reel_test::relative_error(Tensor::from({2}, {0, 1}), Tensor::zeros({2}))));
}

TEST_CASE("Ops have PyTorch's values and gradients") {
  const std::map<std::string, int> counts = check_file("ops");
  CHECK(counts.size() >= 47);  // an op that loses its cases is noticed
}

TEST_CASE("Convolutions and pooling have PyTorch's values and gradients") {
  std::map<std::string, int> counts = check_file("convolutions");
  CHECK(counts["conv2d"] >= 40);
  CHECK(counts["conv1x1"] >= 5);
  CHECK(counts["conv_transpose2d"] >= 12);
  CHECK(counts["max_pool2d"] >= 12);
  CHECK(counts["avg_pool2d"] >= 12);
  CHECK(counts["global_avg_pool2d"] == 3);
}
