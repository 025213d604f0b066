// Every op at its corners against PyTorch: zeros of both signs, the smallest and largest numbers, infinities and NaN,
// as values and as gradients; see golden/corners.py.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "golden.h"
#include "golden_ops.h"

using namespace reel;
using reel_test::GoldenCase;

namespace {

// Zeros' signs are compared in the values of what is computed element by element or copied; a sum's depends on what it
// started from, and gradients are sums.
bool has_signed_zeros(const std::string& op) {
  static const std::set<std::string> sums{"sum",
                                          "mean",
                                          "matmul",
                                          "linear",
                                          "conv2d",
                                          "conv1x1",
                                          "conv_transpose2d",
                                          "avg_pool2d",
                                          "global_avg_pool2d",
                                          "batch_norm2d",
                                          "layer_norm",
                                          "softmax",
                                          "log_softmax",
                                          "cross_entropy"};
  return !sums.contains(op);
}

// `scale`: the size of what `expected` was computed from. A number so small that it has not all its digits any more is
// compared in as many as the smallest that has.
bool is_same_corner(double found, double expected, double scale, bool signed_zeros) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  if (found == expected) return !signed_zeros || std::signbit(found) == std::signbit(expected);
  if (!std::isfinite(found) || !std::isfinite(expected)) return false;
  scale = std::max<double>(scale, std::numeric_limits<Scalar>::min());
  return std::abs(found - expected) <= reel_test::kTolerance * scale;
}

// Number by number, for there is no largest one to measure others by; unless the case says along which dimension of
// a matrix they are sums of the same terms.
double scale_at(const Tensor& expected, Index i, Index shared_dim) {
  const auto size = [&](Index k) {
    const double x = std::abs(static_cast<double>(expected.values()[static_cast<std::size_t>(k)]));
    return std::isfinite(x) ? x : 0;
  };
  if (shared_dim < 0 || expected.dim() != 2) return size(i);
  const Index columns = expected.size(1), first = shared_dim == 1 ? i / columns * columns : i % columns;
  double largest = 0;
  for (Index k = 0; k < expected.size(shared_dim); k++) {
    largest = std::max(largest, size(first + k * (shared_dim == 1 ? 1 : columns)));
  }
  return largest;
}

void check_corners(const Tensor& found, const GoldenCase& golden, const std::string& name) {
  const Tensor& expected = golden.tensor(name);
  REQUIRE(found.shape() == expected.shape());
  const auto number = [](const Tensor& t, Index i) {
    return static_cast<double>(t.values()[static_cast<std::size_t>(i)]);
  };
  for (Index i = 0; i < expected.numel(); i++) {
    const double a = number(found, i), b = number(expected, i);
    const double scale = scale_at(expected, i, golden.integer("shared_dim", -1));
    if (is_same_corner(a, b, scale, name == "y" && has_signed_zeros(golden.op))) continue;
    std::string inputs;
    for (const char* x : {"x0", "x1", "dy"}) {
      const auto of = golden.tensors.find(x);
      if (of != golden.tensors.end() && of->second.shape() == expected.shape()) {
        inputs += fmt::format(", {} = {:g}", x, number(of->second, i));
      }
    }
    FAIL_CHECK(golden.label << " " << name << index_text(expected.shape(), i) << ": " << a << ", PyTorch has "
                            << b << inputs);
  }
}

void check_case_at_corners(const GoldenCase& golden) {
  Tape tape;
  const std::vector<Var> inputs = reel_test::golden_inputs(tape, golden);
  const Var y = reel_test::golden_ops().at(golden.op)(golden, inputs);
  check_corners(y.value(), golden, "y");
  tape.backward(y, golden.tensors.contains("dy") ? golden.tensor("dy") : Tensor::ones(y.shape()));
  for (std::size_t i = 0; i < inputs.size(); i++) {
    check_corners(inputs[i].grad(), golden, fmt::format("dx{}", i));
  }
}

}  // namespace

TEST_CASE("Ops have PyTorch's values and gradients at their corners") {
  std::set<std::string> ops;
  for (const GoldenCase& golden :
       reel_test::read_goldens(reel_test::kDouble ? "corners_f64" : "corners_f32")) {
    ops.insert(golden.op);
    CHECK_NOTHROW(check_case_at_corners(golden));
  }
  CHECK(ops.size() == 52);  // an op that loses its cases is noticed
}
