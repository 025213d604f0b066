// A batch of no samples: every op that has a result of it gives one, and the gradients of weights are 0.
#include <doctest/doctest.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "uniform.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;
using Function = std::function<Var(Vars)>;

struct OnNothing {
  std::string name;
  Function f;
  std::vector<Shape> inputs;
  Shape result;
};

const Tensor kMean = Tensor::zeros({2}), kVar = Tensor::ones({2});
const std::vector<int> kNoLabels;
constexpr LossOptions kSum{Reduction::kSum}, kNone{Reduction::kNone};

std::vector<OnNothing> image_ops() {
  const Shape x{0, 2, 5, 5}, bias{4};
  return {
      {"conv2d",
       [](Vars v) { return conv2d(v[0], v[1], v[2], {.padding = 1}); },
       {x, {4, 2, 3, 3}, bias},
       {0, 4, 5, 5}},
      {"conv2d",
       [](Vars v) { return conv2d(v[0], v[1], {}, {.groups = 2}); },
       {x, {4, 1, 5, 1}},
       {0, 4, 1, 5}},
      {"conv2d", [](Vars v) { return relu(conv2d(v[0], v[1])); }, {x, {4, 2, 1, 1}}, {0, 4, 5, 5}},
      {"conv1x1", [](Vars v) { return conv1x1(v[0], v[1], v[2]); }, {x, {4, 2}, bias}, {0, 4, 5, 5}},
      {"conv_transpose2d",
       [](Vars v) { return conv_transpose2d(v[0], v[1], v[2], {.stride = 2}); },
       {x, {2, 4, 3, 3}, bias},
       {0, 4, 11, 11}},
      {"max_pool2d", [](Vars v) { return max_pool2d(v[0], 2); }, {x}, {0, 2, 2, 2}},
      {"max_pool2d", [](Vars v) { return max_pool2d(relu(v[0]), 3, {.stride = 1}); }, {x}, {0, 2, 3, 3}},
      {"avg_pool2d", [](Vars v) { return avg_pool2d(v[0], 2, {.ceil_mode = true}); }, {x}, {0, 2, 3, 3}},
      {"global_avg_pool2d", [](Vars v) { return global_avg_pool2d(v[0]); }, {x}, {0, 2, 1, 1}},
      {"pad2d", [](Vars v) { return pad2d(v[0], 1); }, {x}, {0, 2, 7, 7}},
      {"batch_norm2d",
       [](Vars v) {
         return batch_norm2d(v[0], v[1], v[2],
                             {.running_mean = kMean, .running_var = kVar, .training = false});
       },
       {x, {2}, {2}},
       x},
      {"flatten", [](Vars v) { return flatten(v[0]); }, {x}, {0, 50}},
  };
}

std::vector<OnNothing> row_ops() {
  const Shape x{0, 3};
  return {
      {"linear", [](Vars v) { return linear(v[0], v[1], v[2]); }, {x, {2, 3}, {2}}, {0, 2}},
      {"linear", [](Vars v) { return linear(v[0], v[1], v[2]); }, {{2, 0, 3}, {1, 3}, {1}}, {2, 0, 1}},
      {"matmul", [](Vars v) { return matmul(v[0], v[1]); }, {x, {3, 2}}, {0, 2}},
      {"matmul", [](Vars v) { return matmul(v[0], v[1]); }, {{0, 2, 3}, {3, 2}}, {0, 2, 2}},
      {"matmul", [](Vars v) { return matmul(v[0], v[1]); }, {{0, 2, 3}, {1, 3, 2}}, {0, 2, 2}},
      {"matmul", [](Vars v) { return matmul(v[0], v[1]); }, {{2, 0}, {0, 4}}, {2, 4}},
      {"matmul", [](Vars v) { return matmul(v[0], v[1]); }, {{0}, {0}}, {}},
      {"layer_norm", [](Vars v) { return layer_norm(v[0], v[1], v[2]); }, {x, {3}, {3}}, x},
      {"dropout", [](Vars v) { return dropout(v[0], 0.5); }, {x}, x},
      {"softmax", [](Vars v) { return softmax(v[0]); }, {x}, x},
      {"softmax", [](Vars v) { return softmax(v[0], 0); }, {x}, x},
      {"log_softmax", [](Vars v) { return log_softmax(v[0]); }, {x}, x},
      {"sum", [](Vars v) { return sum(v[0]); }, {x}, {}},
      {"sum", [](Vars v) { return sum(v[0], 0); }, {x}, {3}},
      {"mean", [](Vars v) { return mean(v[0], 1); }, {x}, {0}},
      {"max", [](Vars v) { return max(v[0], 1); }, {x}, {0}},
      {"add", [](Vars v) { return v[0] + v[1]; }, {x, {3}}, x},
      {"sub", [](Vars v) { return v[0] - v[1]; }, {x, {1, 1}}, x},
      {"mul", [](Vars v) { return v[0] * v[1]; }, {x, {3}}, x},
      {"div", [](Vars v) { return 1 / (v[0] / v[1]); }, {x, {3}}, x},
      {"gelu", [](Vars v) { return gelu(silu(sigmoid(tanh(exp(v[0]))))); }, {x}, x},
      {"pow", [](Vars v) { return pow(log(sqrt(abs(leaky_relu(clamp(v[0], 0, 1))))), 2); }, {x}, x},
      {"reshape",
       [](Vars v) {
         return reshape(v[0], {-1, 1, 3});
       },
       {x},
       {0, 1, 3}},
      {"transpose", [](Vars v) { return transpose(v[0], 0, 1); }, {x}, {3, 0}},
      {"permute",
       [](Vars v) {
         return permute(v[0], {1, 0});
       },
       {x},
       {3, 0}},
      {"concat",
       [](Vars v) {
         return concat({v[0], v[1]});
       },
       {x, {2, 3}},
       {2, 3}},
      {"stack",
       [](Vars v) {
         return stack({v[0], v[0]});
       },
       {x},
       {2, 0, 3}},
      {"slice", [](Vars v) { return slice(v[0], 1, {1}); }, {x}, {0, 2}},
      {"slice", [](Vars v) { return slice(v[0], 0, {1}); }, {x}, x},
  };
}

std::vector<OnNothing> losses() {
  const Shape x{0, 3};
  return {
      {"cross_entropy",
       [](Vars v) { return cross_entropy(v[0], kNoLabels, {.reduction = Reduction::kSum}); },
       {x},
       {}},
      {"cross_entropy",
       [](Vars v) { return cross_entropy(v[0], kNoLabels, {.reduction = Reduction::kNone}); },
       {x},
       {0}},
      {"cross_entropy",
       [](Vars v) {
         return cross_entropy(v[0], Tensor::zeros({0, 3}), {.reduction = Reduction::kSum});
       },
       {x},
       {}},
      {"nll_loss", [](Vars v) { return nll_loss(v[0], kNoLabels, kSum); }, {x}, {}},
      {"nll_loss", [](Vars v) { return nll_loss(v[0], kNoLabels, kNone); }, {x}, {0}},
      {"mse_loss", [](Vars v) { return mse_loss(v[0], v[1], kSum); }, {x, x}, {}},
      {"l1_loss", [](Vars v) { return l1_loss(v[0], v[1], kNone); }, {x, x}, x},
      {"bce_with_logits",
       [](Vars v) {
         return bce_with_logits(v[0], Tensor::zeros({0, 3}), {Reduction::kSum});
       },
       {x},
       {}},
  };
}

void check_on_nothing(const OnNothing& op) {
  CAPTURE(op.name);
  Tape tape;
  std::vector<Var> inputs;
  for (const Shape& shape : op.inputs) inputs.push_back(tape.variable(uniform(shape)));
  const Var y = op.f(inputs);
  CHECK(y.shape() == op.result);
  CHECK(y.value().shape() == op.result);
  tape.backward(y, uniform(op.result));
  for (const Var& input : inputs) {
    const Tensor grad = input.grad();
    CHECK(grad.shape() == input.shape());
    const bool part_of_concat = op.name == "concat" && input.numel() > 0;
    for (const Scalar d : grad.values()) CHECK((d == 0) != part_of_concat);
  }
}

}  // namespace

TEST_CASE("An empty batch goes through every op forwards and backwards") {
  for (const auto& ops : {image_ops(), row_ops(), losses()}) {
    for (const OnNothing& op : ops) check_on_nothing(op);
  }
}

TEST_CASE("An empty batch can be traced, and its losses summed to 0") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({0, 1, 4, 4})), w = tape.variable(Tensor::ones({2, 1, 3, 3}));
  const Var logits = mean(flatten(max_pool2d(relu(conv2d(x, w)), 2), 2), 2);
  const Var loss = cross_entropy(logits, kNoLabels, {.reduction = Reduction::kSum});
  const inspect::Trace trace(tape, loss);
  CHECK(loss.item() == 0);
  CHECK(trace.find("cross_entropy") < trace.events().size());
}

TEST_CASE("What has no result of an empty batch is an error that says so") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({0, 3})), images = tape.input(Tensor::zeros({0, 2, 4, 4}));
  CHECK_ERROR(mean(x), "mean", "[0,3]", "no elements");
  CHECK_ERROR(max(x, 0), "max", "[0,3]", "no maximum");
  CHECK_ERROR(cross_entropy(x, kNoLabels), "cross_entropy", "[0,3]", "the batch is empty",
              "skip it, or take the sum");
  CHECK_ERROR(nll_loss(x, kNoLabels), "nll_loss", "the batch is empty");
  CHECK_ERROR(mse_loss(x, x), "mse_loss", "the batch is empty");
  CHECK_ERROR(batch_norm2d(images, {}, {}), "batch_norm2d", "0 value(s) a channel", "eval()");
}
