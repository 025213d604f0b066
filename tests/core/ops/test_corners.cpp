// Every op at its corners against PyTorch: zeros of both signs, the smallest and largest numbers, infinities
// and NaN, as values and as gradients; see golden/corners.py.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "explain_support.h"
#include "golden/golden.h"
#include "golden/golden_ops.h"

using namespace reel;
using reel_test::GoldenCase;

namespace {

// Zeros' signs are compared in the values of what is computed element by element or copied; a sum's depends
// on what it started from, and gradients are sums.
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

// `scale`: the size of what `expected` was computed from. A number so small that it has not all its digits
// any more is compared in as many as the smallest that has.
bool is_same_corner(double found, double expected, double scale, bool signed_zeros) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  if (found == expected) return !signed_zeros || std::signbit(found) == std::signbit(expected);
  if (!std::isfinite(found) || !std::isfinite(expected)) return false;
  scale = std::max<double>(scale, std::numeric_limits<Scalar>::min());
  return std::abs(found - expected) <= reel_test::kFunctionTolerance * scale;
}

// Number by number, for there is no largest one to measure others by; unless the case says along which
// dimension of a matrix they are sums of the same terms.
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

using Inputs = std::span<const Var>;
using CornerOp = std::function<Var(Inputs)>;

// 1 for every second element, else 0.
Tensor every_second(const Shape& shape) {
  Tensor t = Tensor::zeros(shape);
  for (Index i = 1; i < t.numel(); i += 2) t.mutable_data()[i] = 1;
  return t;
}

// Not the largest numbers, whose products overflow in float and not in an explanation.
std::vector<CornerOp> functions_at_corners() {
  return {[](Inputs x) { return relu(x[0]); },
          [](Inputs x) { return leaky_relu(x[0]); },
          [](Inputs x) { return gelu(x[0]); },
          [](Inputs x) { return silu(x[0]); },
          [](Inputs x) { return sigmoid(x[0]); },
          [](Inputs x) { return reel::tanh(x[0]); },
          [](Inputs x) { return reel::exp(x[0]); },
          [](Inputs x) { return reel::log(x[0]); },
          [](Inputs x) { return reel::sqrt(x[0]); },
          [](Inputs x) { return reel::pow(x[0], Scalar(0.5)); },
          [](Inputs x) { return reel::pow(x[0], -1); },
          [](Inputs x) { return reel::pow(x[0], 0); },
          [](Inputs x) { return reel::abs(x[0]); },
          [](Inputs x) { return clamp(x[0], -1, 1); },
          [](Inputs x) { return dropout(x[0], 0.5); },
          [](Inputs x) { return where(every_second(x[0].shape()), x[0], x[1]); },
          [](Inputs x) { return x[0] + x[1]; },
          [](Inputs x) { return x[0] - x[1]; },
          [](Inputs x) { return x[0] * x[1]; },
          [](Inputs x) { return x[0] / x[1]; },
          [](Inputs x) { return mse_loss(x[0], x[1], {Reduction::kNone}); },
          [](Inputs x) { return l1_loss(x[0], x[1], {Reduction::kNone}); },
          [](Inputs x) { return bce_with_logits(x[0], Tensor::full(x[0].shape(), 1), {Reduction::kNone}); }};
}

}  // namespace

TEST_CASE("Explanations add up at zeros, infinities and NaN") {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const std::vector<Scalar> corners{0, Scalar(-0.0), 1, -2, 1000, -1000, infinity, -infinity, NAN};
  const Index n = std::ssize(corners);
  Tensor a = Tensor::zeros({n, n}), b = Tensor::zeros({n, n});
  for (Index i = 0; i < n; i++) {
    for (Index j = 0; j < n; j++) {
      a.set(i, j, corners[static_cast<std::size_t>(i)]);
      b.set(i, j, corners[static_cast<std::size_t>(j)]);
    }
  }
  for (const CornerOp& f : functions_at_corners()) {
    Tape tape;
    const Var y = f(std::vector{tape.variable(a), tape.variable(b)});
    reel_test::check_explained(
        inspect::Trace(tape, sum(y * tape.variable(b))));  // the gradient of y is a corner, too
  }
}

TEST_CASE("Ops have PyTorch's values and gradients at their corners") {
  std::set<std::string> ops;
  for (const GoldenCase& golden :
       reel_test::read_goldens(reel_test::kDouble ? "corners_f64" : "corners_f32")) {
    ops.insert(golden.op);
    CHECK_NOTHROW(check_case_at_corners(golden));
  }
  CHECK(ops.size() >= 52);  // an op that loses its cases is noticed
}
