// What each op says that it was called with.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>

using namespace reel;

namespace {

// "stride 2,1 groups 2", "" for none.
std::string options_of(const std::function<Var(Var)>& f, const Shape& shape) {
  Tape tape;
  const Var y = f(tape.variable(Tensor::full(shape, Scalar(0.5))));
  const inspect::Trace trace(tape, sum(y));
  std::string text;
  for (const OpOption& option : trace.facts(y.index()).options) {
    text += fmt::format("{}{} {:g}", text.empty() ? "" : " ", option.name, fmt::join(option.values, ","));
  }
  return text;
}

Var ones_of(Var x, const Shape& shape) { return x.tape().input(Tensor::ones(shape)); }

}  // namespace

TEST_CASE("Windows say how they slide, with the padding of each side") {
  const auto images = [](const std::function<Var(Var)>& f) { return options_of(f, {1, 2, 6, 6}); };
  CHECK(images([](Var x) {
          return conv2d(x, ones_of(x, {4, 2, 3, 3}));
        }) == "stride 1,1 padding 0,0,0,0 dilation 1,1 groups 1");
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 2, 3, 4}, .dilation = {1, 2}, .groups = 2};
  CHECK(images([&](Var x) {
          return conv2d(x, ones_of(x, {4, 1, 3, 3}), {}, options);
        }) == "stride 2,1 padding 1,2,3,4 dilation 1,2 groups 2");
  CHECK(images([](Var x) {
          return conv1x1(x, ones_of(x, {4, 2}));
        }) == "stride 1,1 padding 0,0,0,0 dilation 1,1 groups 1");
  const ConvTranspose2dOptions transposed{
      .stride = {2, 3}, .padding = {1, 0}, .dilation = 1, .groups = 2, .output_padding = {1, 2}};
  CHECK(images([&](Var x) {
          return conv_transpose2d(x, ones_of(x, {2, 1, 3, 3}), {}, transposed);
        }) == "stride 2,3 padding 1,1,0,0 dilation 1,1 groups 2 output_padding 1,2");
  CHECK(images([](Var x) { return max_pool2d(x, 2); }) ==
        "kernel 2,2 stride 2,2 padding 0,0,0,0 dilation 1,1 ceil_mode 0");
  CHECK(images([](Var x) {
          return max_pool2d(x, {2, 3}, {.stride = {1, 2}, .padding = 1, .dilation = 2, .ceil_mode = true});
        }) == "kernel 2,3 stride 1,2 padding 1,1,1,1 dilation 2,2 ceil_mode 1");
  CHECK(images([](Var x) {
          return avg_pool2d(x, 3, {.padding = {1, 0, 0, 1}, .count_include_pad = false});
        }) == "kernel 3,3 stride 3,3 padding 1,0,0,1 dilation 1,1 ceil_mode 0 count_include_pad 0");
  CHECK(images([](Var x) { return global_avg_pool2d(x); }).empty());
  CHECK(images([](Var x) { return pad2d(x, {1, 2, 3, 4}, Scalar(0.5)); }) == "padding 1,2,3,4 value 0.5");
}

TEST_CASE("Functions of one number say their constants, and arithmetic its number") {
  const auto numbers = [](const std::function<Var(Var)>& f) { return options_of(f, {2}); };
  CHECK(numbers([](Var x) { return leaky_relu(x, Scalar(0.25)); }) == "negative_slope 0.25");
  CHECK(numbers([](Var x) { return pow(x, 3); }) == "exponent 3");
  CHECK(numbers([](Var x) { return clamp(x, -1, 2); }) == "low -1 high 2");
  for (const auto& f : {relu, gelu, silu, sigmoid, tanh, exp, log, sqrt, abs}) {
    CHECK(numbers(f).empty());
  }
  CHECK(numbers([](Var x) { return x + 2; }) == "number 2");
  CHECK(numbers([](Var x) { return x - 2; }) == "number 2");
  CHECK(numbers([](Var x) { return x * 3; }) == "number 3");
  CHECK(numbers([](Var x) { return x / 4; }) == "number 4");
  CHECK(numbers([](Var x) { return -x; }) == "number -1");
  CHECK(numbers([](Var x) { return 5 / x; }) == "numerator 5");
  CHECK(numbers([](Var x) { return x * x; }).empty());
  seed(1);
  CHECK(numbers([](Var x) { return dropout(x, 0.25); }) == "p 0.25");
}

TEST_CASE("Dimensions are counted from the front") {
  const auto matrix = [](const std::function<Var(Var)>& f) { return options_of(f, {4, 3}); };
  CHECK(matrix([](Var x) { return sum(x); }) == "dims 0,1 keepdim 0");
  CHECK(matrix([](Var x) { return mean(x, -1, {.keepdim = true}); }) == "dims 1 keepdim 1");
  CHECK(matrix([](Var x) { return max(x, {1, 0}); }) == "dims 0,1 keepdim 0");
  CHECK(options_of([](Var x) { return sum(x); }, {}) == "dims  keepdim 0");
  CHECK(matrix([](Var x) { return softmax(x); }) == "dim 1");
  CHECK(matrix([](Var x) { return log_softmax(x, 0); }) == "dim 0");
  CHECK(matrix([](Var x) { return transpose(x, 0, -1); }) == "order 1,0");
  CHECK(matrix([](Var x) { return permute(x, {-1, 0}); }) == "order 1,0");
  CHECK(matrix([](Var x) { return concat({x, x}, -1); }) == "dim 1");
  CHECK(matrix([](Var x) { return stack({x, x}, -1); }) == "dim 2");
  CHECK(matrix([](Var x) { return slice(x, 0, {-3, 4, 2}); }) == "dim 0 begin 1 end 4 step 2");
  CHECK(matrix([](Var x) { return slice(x, 0, {0, 3, 100}); }) == "dim 0 begin 0 end 3 step 100");
  CHECK(matrix([](Var x) { return flatten(x); }).empty());
  CHECK(matrix([](Var x) { return matmul(x, ones_of(x, {3, 2})); }).empty());
  CHECK(matrix([](Var x) { return linear(x, ones_of(x, {2, 3})); }).empty());
}

TEST_CASE("Normalisations say eps, and the statistics that do not follow from the input") {
  const auto of = [](const std::function<Var(Var)>& f) { return options_of(f, {2, 3}); };
  CHECK(of([](Var x) { return batch_norm2d(x, {}, {}, {}, {.eps = 0.5}); }) == "training 1 eps 0.5");
  CHECK(of([](Var x) {
          return batch_norm2d(x, {}, {},
                              {.running_mean = Tensor::from({3}, {1, 2, 3}),
                               .running_var = Tensor::from({3}, {4, 5, 6}),
                               .training = false});
        }) == "training 0 eps 1e-05 running_mean 1,2,3 running_var 4,5,6");
  CHECK(of([](Var x) { return layer_norm(x, ones_of(x, {3}), {}, {.eps = 0.25}); }) == "eps 0.25");
}

TEST_CASE("Losses say their labels and how they are reduced: 0 the mean, 1 the sum, 2 not") {
  const auto of = [](const std::function<Var(Var)>& f) { return options_of(f, {2, 3}); };
  CHECK(of([](Var x) { return cross_entropy(x, {2, 0}); }) == "labels 2,0 label_smoothing 0 reduction 0");
  CHECK(
      of([](Var x) {
        return cross_entropy(x, Tensor::ones({2, 3}), {.label_smoothing = 0.5, .reduction = Reduction::kSum});
      }) == "label_smoothing 0.5 reduction 1");
  CHECK(of([](Var x) {
          return nll_loss(x, std::vector<int>{1, 2}, {.reduction = Reduction::kNone});
        }) == "labels 1,2 reduction 2");
  const Tensor target = Tensor::ones({2, 3});
  CHECK(of([&](Var x) { return mse_loss(x, target); }) == "reduction 0");
  CHECK(of([&](Var x) { return l1_loss(x, target, {.reduction = Reduction::kSum}); }) == "reduction 1");
  CHECK(of([&](Var x) { return bce_with_logits(x, target, {.reduction = Reduction::kNone}); }) ==
        "reduction 2");
}
