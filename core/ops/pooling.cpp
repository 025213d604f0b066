// Max and average pooling.
#include <algorithm>

#include <reel/core/kernels/pooling.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Window window_of(const kernels::Pooling& shape) {
  return {{shape.kernel_h, shape.kernel_w},
          {shape.stride_h, shape.stride_w},
          {shape.dilation_h, shape.dilation_w}};
}

class MaxPool2dOp final : public Op {
 public:
  MaxPool2dOp(const Shape& result, const kernels::Pooling& shape) : result_(result), shape_(shape) {}

  std::string_view name() const override { return "max_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_);
    kernels::max_pool_forward(shape_, inputs[0].data(), y.data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& x = pass.input(0);
    Tensor dx = Tensor::uninitialized(x.shape());
    const bool masked = pass.reads_relu(0);
    kernels::max_pool_backward(shape_, x.data(), pass.dy().data(), masked, dx.data());
    pass.add(0, std::move(dx), masked);
  }

  std::optional<Window> window(std::span<const Tensor>) const override { return window_of(shape_); }

  // Which pixel each window took.
  std::vector<Index> choices(std::span<const Tensor> inputs) const override {
    std::vector<Index> places(static_cast<std::size_t>(result_.numel()));
    kernels::max_pool_places(shape_, inputs[0].data(), places.data());
    return places;
  }

 private:
  Shape result_;
  kernels::Pooling shape_;
};

class AvgPool2dOp final : public Op {
 public:
  AvgPool2dOp(const Shape& input, const Shape& result, const kernels::Pooling& shape, bool count_include_pad)
      : input_(input), result_(result), shape_(shape), count_include_pad_(count_include_pad) {}

  std::string_view name() const override { return "avg_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_);
    kernels::avg_pool_forward(shape_, count_include_pad_, inputs[0].data(), y.data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(input_);
    kernels::avg_pool_backward(shape_, count_include_pad_, pass.dy().data(), dx.data());
    pass.add(0, std::move(dx));
  }

  std::optional<Window> window(std::span<const Tensor>) const override { return window_of(shape_); }

 private:
  Shape input_, result_;
  kernels::Pooling shape_;
  bool count_include_pad_;
};

class GlobalAvgPool2dOp final : public Op {
 public:
  std::string_view name() const override { return "global_avg_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor& x = inputs[0];
    input_ = x.shape();
    Tensor y = Tensor::uninitialized(input_.with(2, 1).with(3, 1));
    kernels::plane_means(x.data(), y.numel(), x.numel() / y.numel(), y.data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    Tensor dx = Tensor::uninitialized(input_);
    kernels::plane_means_backward(dy.data(), dy.numel(), dx.numel() / dy.numel(), dx.data());
    pass.add(0, std::move(dx));
  }

  std::optional<Window> window(std::span<const Tensor> inputs) const override {
    return Window{.kernel = {inputs[0].size(2), inputs[0].size(3)}};
  }

 private:
  Shape input_;
};

struct PoolingWindow {
  Size2 kernel, stride;
  Padding2 padding;
  Size2 dilation = 1;
  bool ceil_mode;
};

// Windows along one dimension. In ceil mode the last may reach beyond the padding, but it starts within the
// image or the padding before it, as in PyTorch.
Index window_count(Index size, Index before, Index after, Index reach, Index stride, bool ceil_mode) {
  const Index room = size + before + after - reach;
  if (!ceil_mode) return room / stride + 1;
  const Index count = (room + stride - 1) / stride + 1;
  return (count - 1) * stride >= size + before ? count - 1 : count;
}

kernels::Pooling checked_shape(const Call& call, const Shape& x, const PoolingWindow& window) {
  const auto& [kernel, stride, padding, dilation, ceil_mode] = window;
  detail::check_images(call, x);
  call.check(kernel.h > 0 && kernel.w > 0, "kernel is {}x{}, 1x1 or larger is wanted", kernel.h, kernel.w);
  detail::check_window(call, stride, padding, dilation);
  call.check(2 * std::max(padding.top, padding.bottom) <= kernel.h &&
                 2 * std::max(padding.left, padding.right) <= kernel.w,
             "padding is {}, {}, {}, {} (top, bottom, left, right), at most half of kernel {}x{} is wanted",
             padding.top, padding.bottom, padding.left, padding.right, kernel.h, kernel.w);
  const Size2 padded(x[2] + padding.top + padding.bottom, x[3] + padding.left + padding.right);
  call.check(kernel.h <= padded.h && kernel.w <= padded.w && (kernel.h - 1) <= (padded.h - 1) / dilation.h &&
                 (kernel.w - 1) <= (padded.w - 1) / dilation.w,
             "kernel {}x{} with dilation {}x{} is larger than the input with its padding, {}x{}", kernel.h,
             kernel.w, dilation.h, dilation.w, padded.h, padded.w);
  const Size2 reach((kernel.h - 1) * dilation.h + 1, (kernel.w - 1) * dilation.w + 1);
  return {.planes = x[0] * x[1],
          .in_h = x[2],
          .in_w = x[3],
          .out_h = window_count(x[2], padding.top, padding.bottom, reach.h, stride.h, ceil_mode),
          .out_w = window_count(x[3], padding.left, padding.right, reach.w, stride.w, ceil_mode),
          .kernel_h = kernel.h,
          .kernel_w = kernel.w,
          .stride_h = stride.h,
          .stride_w = stride.w,
          .dilation_h = dilation.h,
          .dilation_w = dilation.w,
          .top = padding.top,
          .bottom = padding.bottom,
          .left = padding.left,
          .right = padding.right};
}

}  // namespace

Var max_pool2d(Var x, Size2 kernel, MaxPool2dParams params, Location where) {
  const Call call("max_pool2d", where);
  const Shape& input = call.shape(x);
  const auto shape = checked_shape(
      call, input,
      {kernel, params.stride.value_or(kernel), params.padding, params.dilation, params.ceil_mode});
  const Shape result{input[0], input[1], shape.out_h, shape.out_w};
  return call.record(std::make_unique<MaxPool2dOp>(result, shape), {x});
}

Var avg_pool2d(Var x, Size2 kernel, AvgPool2dParams params, Location where) {
  const Call call("avg_pool2d", where);
  const Shape& input = call.shape(x);
  const auto shape = checked_shape(
      call, input, {kernel, params.stride.value_or(kernel), params.padding, 1, params.ceil_mode});
  const Shape result{input[0], input[1], shape.out_h, shape.out_w};
  return call.record(std::make_unique<AvgPool2dOp>(input, result, shape, params.count_include_pad), {x});
}

Var global_avg_pool2d(Var x, Location where) {
  const Call call("global_avg_pool2d", where);
  detail::check_images(call, call.shape(x));
  return call.record(std::make_unique<GlobalAvgPool2dOp>(), {x});
}

}  // namespace reel::inline REEL_PRECISION
