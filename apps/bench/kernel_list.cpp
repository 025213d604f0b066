// The one program that calls kernels directly, past ops and tape: it wants the time of the loops alone.
#include "kernel_list.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <reel/core/kernels/detail/activations.h>
#include <reel/core/kernels/detail/convolution.h>
#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/losses.h>
#include <reel/core/kernels/detail/normalization.h>
#include <reel/core/kernels/detail/pooling.h>
#include <reel/core/ops/detail/convolution.h>

#include "convolution_layers.h"

namespace reel::apps {
namespace {

using kernels::ConvolutionPass;

double bytes(std::initializer_list<Index> arrays) {
  Index scalars = 0;
  for (const Index numel : arrays) scalars += numel;
  return static_cast<double>(scalars) * sizeof(Scalar);
}

kernels::Convolution convolution_of(const OpCall& call) {
  const Size2 padding = padding_of(call);
  return detail::convolution_of(
      call.x, call.y, call.weight,
      {.stride = call.window.stride, .padding = Padding2(padding.h, padding.w), .groups = groups_of(call)});
}

std::vector<Pass> convolution_passes(const OpCall& call) {
  const kernels::Convolution c = convolution_of(call);
  const double flop = 2.0 * static_cast<double>(c.batch * c.out_channels * c.out_pixels()) *
                      static_cast<double>(c.group_in() * c.taps());
  const Tensor x = Tensor::randn(call.x), weight = Tensor::randn(call.weight), dy = Tensor::randn(call.y);
  const Tensor bias = Tensor::randn({call.weight[0]});
  const auto result = [&](const Shape& shape) { return Tensor::uninitialized(shape); };
  const auto pass = [&](ConvolutionPass of, const Tensor& left, const Tensor& right, const Shape& to) {
    const std::shared_ptr plan = kernels::plan_convolution(c, of, num_threads());
    const Tensor scratch =
        Tensor::uninitialized({static_cast<Index>(plan->scratch_bytes() / sizeof(Scalar))});
    const Tensor added = of == ConvolutionPass::kForward && call.has_bias ? bias : Tensor();
    return [=, y = result(to), space = scratch]() mutable {
      plan->run(left.data(), right.data(), {.bias = added.data()}, y.mutable_data(),
                reinterpret_cast<std::byte*>(space.mutable_data()));
    };
  };
  const Pass forward{"forward", flop, pass(ConvolutionPass::kForward, x, weight, call.y)},
      to_weight{"weight", flop, pass(ConvolutionPass::kWeightGradient, x, dy, call.weight)};
  Pass input{"input", flop, pass(ConvolutionPass::kInputGradient, dy, weight, call.x)};
  if (call.reads_images) input.run = nullptr;
  return {forward, input, to_weight};
}

// The three products of linear; its bias is left out.
std::vector<Pass> linear_passes(const OpCall& call) {
  const Index rows = call.x[0], in = call.weight[1], out = call.weight[0];
  const double flop = 2.0 * static_cast<double>(rows * in * out);
  const Tensor x = Tensor::randn(call.x), weight = Tensor::randn(call.weight), dy = Tensor::randn(call.y);
  const auto product = [=](bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Tensor& a,
                           const Tensor& b) {
    return [=, c = Tensor::uninitialized({m, n})]() mutable {
      kernels::gemm(transpose_a, transpose_b, m, n, k, a.data(), transpose_a ? m : k, b.data(),
                    transpose_b ? k : n, c.mutable_data(), n, false);
    };
  };
  return {{"forward", flop, product(false, true, rows, out, in, x, weight)},
          {"input", flop, product(false, false, rows, in, out, dy, weight)},
          {"weight", flop, product(true, false, out, in, rows, dy, x)}};
}

// The bytes of what follows: each input counts once, even where a kernel reads it twice, and each result
// once. Where an array stays in the cache the share of the copy bandwidth may exceed 1.

// x to y, and back x and dy to dx
std::vector<Pass> max_pool_passes(const OpCall& call) {
  const Window& w = call.window;
  const kernels::Pooling shape{.planes = call.x[0] * call.x[1],
                               .in_h = call.x[2],
                               .in_w = call.x[3],
                               .out_h = call.y[2],
                               .out_w = call.y[3],
                               .kernel_h = w.kernel.h,
                               .kernel_w = w.kernel.w,
                               .stride_h = w.stride.h,
                               .stride_w = w.stride.w,
                               .dilation_h = w.dilation.h,
                               .dilation_w = w.dilation.w,
                               .top = 0,
                               .bottom = 0,
                               .left = 0,
                               .right = 0};
  const Tensor x = Tensor::randn(call.x), dy = Tensor::randn(call.y);
  Tensor y = Tensor::uninitialized(call.y), dx = Tensor::uninitialized(call.x);
  return {
      {"forward", bytes({x.numel(), y.numel()}),
       [=]() mutable { kernels::max_pool_forward(shape, x.data(), y.mutable_data()); }},
      {"backward", bytes({x.numel(), dy.numel(), dx.numel()}),
       [=]() mutable { kernels::max_pool_backward(shape, x.data(), dy.data(), false, dx.mutable_data()); }},
  };
}

// Each plane to its mean, and back.
std::vector<Pass> global_pool_passes(const OpCall& call) {
  const Index planes = call.x[0] * call.x[1], pixels = call.x[2] * call.x[3];
  const Tensor x = Tensor::randn(call.x), dy = Tensor::randn(call.y);
  Tensor y = Tensor::uninitialized(call.y), dx = Tensor::uninitialized(call.x);
  return {{"forward", bytes({x.numel(), y.numel()}),
           [=]() mutable { kernels::plane_means(x.data(), planes, pixels, y.mutable_data()); }},
          {"backward", bytes({dy.numel(), dx.numel()}),
           [=]() mutable { kernels::plane_means_backward(dy.data(), planes, pixels, dx.mutable_data()); }}};
}

// In training: x to y by way of its statistics, and back x and dy to dx by way of two sums. The numbers of a
// channel do not count.
std::vector<Pass> batch_norm_passes(const OpCall& call) {
  const Index channels = call.x[1];
  const kernels::ChannelLayout layout{call.x[0], channels, call.x.numel() / (call.x[0] * channels)};
  const Tensor x = Tensor::randn(call.x), dy = Tensor::randn(call.y), ones = Tensor::ones({channels});
  Tensor result = Tensor::uninitialized(call.x);
  Tensor first = Tensor::uninitialized({channels}), second = Tensor::uninitialized({channels});
  Tensor third = Tensor::uninitialized({channels});
  Tensor space =
      Tensor::uninitialized({static_cast<Index>(kernels::channel_workspace(layout) / sizeof(Scalar))});
  const auto forward = [=]() mutable {
    kernels::channel_statistics(x.data(), layout, 1e-5,
                                {first.mutable_data(), second.mutable_data(), third.mutable_data()},
                                space.mutable_data());
    kernels::channel_normalize(x.data(), layout, {first.data(), ones.data(), ones.data()}, {},
                               result.mutable_data());
  };
  const auto backward = [=]() mutable {
    const kernels::ChannelMapView map{ones.data(), ones.data(), ones.data()};
    kernels::channel_gradients(x.data(), dy.data(), layout, map, ones.data(), false, first.mutable_data(),
                               second.mutable_data(), true, result.mutable_data());
  };
  return {{"forward", bytes({x.numel(), x.numel()}), forward},
          {"backward", bytes({x.numel(), x.numel(), x.numel()}), backward}};
}

// x to y, and back y and dy to dx
std::vector<Pass> relu_passes(const OpCall& call) {
  const kernels::Function& relu = kernels::functions::relu();
  const Tensor x = Tensor::randn(call.x), dy = Tensor::randn(call.x);
  const Index n = x.numel();
  Tensor result = Tensor::uninitialized(call.x);
  return {
      {"forward", bytes({n, n}), [=]() mutable { relu.activate({}, result.mutable_data(), x.data(), n); }},
      {"backward", bytes({n, n, n}),
       [=]() mutable { relu.gradient({}, result.mutable_data(), dy.data(), x.data(), n); }},
  };
}

// The two branches of a residual block to their sum; back there is nothing to compute.
std::vector<Pass> add_passes(const OpCall& call) {
  const Tensor a = Tensor::randn(call.x), b = Tensor::randn(call.x);
  Tensor y = Tensor::uninitialized(call.x);
  return {{"forward", bytes({a.numel(), b.numel(), y.numel()}),
           [=]() mutable { kernels::finish(y.mutable_data(), a.data(), {.addend = b.data()}, y.numel()); }}};
}

// Logits to softmax and a loss for each row, and back softmax to the logits' gradient. Labels do not count.
std::vector<Pass> cross_entropy_passes(const OpCall& call) {
  const Index rows = call.x[0], classes = call.x[1];
  const Tensor x = Tensor::randn(call.x), dy = Tensor::ones({1});
  const std::vector<int> labels(static_cast<std::size_t>(rows), 3);
  Tensor softmax = Tensor::full(call.x, Scalar(0.1)), losses = Tensor::uninitialized({rows}),
         dx = Tensor::uninitialized(call.x);
  const auto forward = [=]() mutable {
    kernels::cross_entropy(x.data(), {labels.data(), nullptr, 0}, rows, classes, softmax.mutable_data(),
                           losses.mutable_data());
  };
  const auto backward = [=]() mutable {
    kernels::cross_entropy_backward(softmax.data(), {labels.data(), nullptr, 0}, {dy.data(), 0, 1}, rows,
                                    classes, dx.mutable_data());
  };
  return {{"forward", bytes({x.numel(), x.numel(), rows}), forward},
          {"backward", bytes({x.numel(), x.numel()}), backward}};
}

// A step over the parameters of vgg_bn: `arrays` times their size is read or written.
template <class Optimizer, class Options>
Kernel optimizer_kernel(const char* name, int arrays, Options options) {
  const auto prepare = [=] {
    const auto is_vgg = [](const Network& network) { return network.name == "vgg_bn"; };
    const std::shared_ptr<Sequential> net =
        std::find_if(networks().begin(), networks().end(), is_vgg)->make();
    double size = 0;
    for (Parameter* parameter : net->parameters()) {
      parameter->grad = Tensor::randn(parameter->value.shape());
      size += bytes({parameter->value.numel()});
    }
    const auto optimizer = std::make_shared<Optimizer>(net->parameters(), options);
    return std::vector<Pass>{{"step", arrays * size, [net, optimizer] { optimizer->step(); }}};
  };
  return {name, "vgg_bn", false, prepare};
}

std::string linear_text(const OpCall& call) {
  return fmt::format("{} {}->{} b{}", call.network, call.weight[1], call.weight[0], call.x[0]);
}

std::string shape_text(const OpCall& call) { return fmt::format("{} {}", call.network, call.x); }

}  // namespace

std::vector<Kernel> kernel_list() {
  struct Kind {
    const char* op;
    bool arithmetic;
    std::string (*text)(const OpCall&);
    std::vector<Pass> (*passes)(const OpCall&);
  };
  constexpr Kind kKinds[]{
      {"conv2d", true, convolution_text, convolution_passes},
      {"linear", true, linear_text, linear_passes},
      {"max_pool2d", false, shape_text, max_pool_passes},
      {"global_avg_pool2d", false, shape_text, global_pool_passes},
      {"batch_norm2d", false, shape_text, batch_norm_passes},
      {"relu", false, shape_text, relu_passes},
      {"add", false, shape_text, add_passes},
      {"cross_entropy", false, shape_text, cross_entropy_passes},
  };
  std::vector<OpCall> calls = convolution_layers();
  for (OpCall& call : network_ops()) {
    if (call.op != "conv2d") calls.push_back(std::move(call));
  }
  std::vector<Kernel> list;
  for (const Kind& kind : kKinds) {
    for (const OpCall& call : calls) {
      if (call.op != kind.op) continue;
      list.push_back(
          {kind.op, kind.text(call), kind.arithmetic, [passes = kind.passes, call] { return passes(call); }});
    }
  }
  // The value and the momentum are read and written, the gradient is read; Adam has two moments.
  list.push_back(optimizer_kernel<SGD>("sgd with momentum", 5, SGDOptions{.lr = 1e-6, .momentum = 0.9}));
  list.push_back(optimizer_kernel<Adam>("adam", 7, AdamOptions{.lr = 1e-6}));
  return list;
}

}  // namespace reel::apps
