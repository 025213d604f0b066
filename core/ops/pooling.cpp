// Max and average pooling.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/kernels/detail/pooling.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

// The ceil mode does not follow from the shape.
std::vector<OpOption> shown(const kernels::Pooling& s, bool ceil_mode) {
  return {detail::shown("kernel", Size2(s.kernel_h, s.kernel_w)),
          detail::shown("stride", Size2(s.stride_h, s.stride_w)),
          detail::shown("padding", Padding2(s.top, s.bottom, s.left, s.right)),
          detail::shown("dilation", Size2(s.dilation_h, s.dilation_w)),
          detail::shown("ceil_mode", ceil_mode)};
}

// In ceil mode to where the last windows end: programs do not agree on what ONNX's own ceil_mode divides by.
Padding2 padding_in_onnx(const kernels::Pooling& s, bool ceil_mode) {
  const auto rest = [](Index out, Index stride, Index kernel, Index dilation, Index before, Index in) {
    return std::max<Index>(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - before - in);
  };
  Padding2 padding(s.top, s.bottom, s.left, s.right);
  if (ceil_mode) {
    padding.bottom = rest(s.out_h, s.stride_h, s.kernel_h, s.dilation_h, s.top, s.in_h);
    padding.right = rest(s.out_w, s.stride_w, s.kernel_w, s.dilation_w, s.left, s.in_w);
  }
  return padding;
}

onnx::Operator window_in_onnx(std::string type, const kernels::Pooling& s, Padding2 padding) {
  return {std::move(type),
          onnx::inputs(1),
          {{"kernel_shape", std::vector{s.kernel_h, s.kernel_w}},
           {"strides", std::vector{s.stride_h, s.stride_w}},
           {"pads", detail::onnx_pads(padding)}}};
}

Shape result_shape(const Shape& x, const kernels::Pooling& s) { return x.with(2, s.out_h).with(3, s.out_w); }

// "u+0", "2u-1": `step` u + `start`.
std::string ascending(std::string_view u, Index step, Index start) {
  return fmt::format("{}{}{:+}", step == 1 ? "" : std::to_string(step), u, start);
}

// An element of images [N,C,H,W] under the windows of a pooling, as its explanation sees it.
class ExplainedWindows {
 public:
  ExplainedWindows(const Explain& e, const kernels::Pooling& s)
      : e_(e), s_(s), plane_(e.at(0) * e.shape()[1] + e.at(1)) {}

  std::string place() const {
    return say("image {}, channel {}, row {}, column {}", e_.at(0), e_.at(1), e_.at(2), e_.at(3));
  }
  // "x[0,1,u+2,v+0]": the cells of the window that an element of the output is.
  std::string cells_text() const {
    return fmt::format("{}[{},{},{},{}]", e_.x_name(0), e_.at(0), e_.at(1),
                       ascending("u", s_.dilation_h, e_.at(2) * s_.stride_h - s_.top),
                       ascending("v", s_.dilation_w, e_.at(3) * s_.stride_w - s_.left));
  }
  std::string dy_text() const { return fmt::format("{}[{},{},i,j]", e_.dy_name(), e_.at(0), e_.at(1)); }
  Index x_at(Index h, Index w) const { return (plane_ * s_.in_h + h) * s_.in_w + w; }
  Index y_at(Index i, Index j) const { return (plane_ * s_.out_h + i) * s_.out_w + j; }
  Index x_plane() const { return x_at(0, 0); }

  // f(u, v, place in x, -1 in the padding) for the cells of the window that an element of the output is.
  template <class F>
  void for_each_cell(F&& f) const {
    for (Index u = 0; u < s_.kernel_h; u++) {
      for (Index v = 0; v < s_.kernel_w; v++) {
        const Index h = e_.at(2) * s_.stride_h - s_.top + u * s_.dilation_h;
        const Index w = e_.at(3) * s_.stride_w - s_.left + v * s_.dilation_w;
        f(u, v, h < 0 || h >= s_.in_h || w < 0 || w >= s_.in_w ? -1 : x_at(h, w));
      }
    }
  }

  // f(i, j) for the windows that an element of the input is in, in row-major order.
  template <class F>
  void for_each_window(F&& f) const {
    for (Index u = s_.kernel_h; u-- > 0;) {
      const Index i = window_of(e_.at(2) + s_.top - u * s_.dilation_h, s_.stride_h, s_.out_h);
      for (Index v = s_.kernel_w; i >= 0 && v-- > 0;) {
        const Index j = window_of(e_.at(3) + s_.left - v * s_.dilation_w, s_.stride_w, s_.out_w);
        if (j >= 0) f(i, j);
      }
    }
  }

 private:
  // The window that starts at a place, -1 for none.
  static Index window_of(Index start, Index stride, Index count) {
    return start >= 0 && start % stride == 0 && start / stride < count ? start / stride : -1;
  }

  const Explain& e_;
  const kernels::Pooling& s_;
  Index plane_;
};

class MaxPool2dOp final : public Op {
 public:
  MaxPool2dOp(const kernels::Pooling& shape, bool ceil_mode) : shape_(shape), ceil_mode_(ceil_mode) {}

  std::string_view name() const override { return "max_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_shape(inputs[0].shape(), shape_));
    kernels::max_pool_forward(shape_, inputs[0].data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& x = pass.input(0);
    Tensor dx = Tensor::uninitialized(x.shape());
    const bool masked = pass.reads_relu(0);
    kernels::max_pool_backward(shape_, x.data(), pass.dy().data(), masked, dx.mutable_data());
    pass.add(0, std::move(dx), masked);
  }

  bool explain(Explain& e) const override {
    const ExplainedWindows windows(e, shape_);
    e.of_output() ? explain_value(e, windows) : explain_gradient(e, windows);
    return true;
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    const auto& s = shape_;
    const Window window{{s.kernel_h, s.kernel_w}, {s.stride_h, s.stride_w}, {s.dilation_h, s.dilation_w}};
    return {.options = shown(s, ceil_mode_),
            .reads = {{Reads::Kind::kWindow, window, {-s.top, -s.left}}},
            .choices = [this](std::span<const Tensor> x) { return choices(x); },
            .in_onnx = [this] { return in_onnx(); }};
  }

 private:
  // ONNX Runtime wants less padding than the kernel has cells, which a dilated window may reach beyond the end: then it
  // is an operator before.
  onnx::Operator in_onnx() const {
    Padding2 padding = padding_in_onnx(shape_, ceil_mode_);
    onnx::Operand x = onnx::Input{0};
    if (padding.bottom >= shape_.kernel_h || padding.right >= shape_.kernel_w) {
      const std::vector<Index> ends{0, 0, 0, 0, 0, 0, padding.bottom, padding.right};
      x = onnx::Operator{"Pad", {x, ends, onnx::number(-std::numeric_limits<double>::infinity())}};
      padding.bottom = padding.right = 0;
    }
    onnx::Operator result = window_in_onnx("MaxPool", shape_, padding);
    result.operands = {std::move(x)};
    result.attributes.push_back({"dilations", std::vector{shape_.dilation_h, shape_.dilation_w}});
    return result;
  }

  // Which pixel each window took.
  std::vector<Index> choices(std::span<const Tensor> inputs) const {
    std::vector<Index> places(static_cast<std::size_t>(shape_.planes * shape_.out_h * shape_.out_w));
    kernels::max_pool_places(shape_, inputs[0].data(), places.data());
    return places;
  }

  void explain_value(Explain& e, const ExplainedWindows& windows) const {
    const Index largest = largest_of(e, windows, e.at(2), e.at(3));
    e.rule(windows.place(), say("max over {} of {}", "u,v", windows.cells_text()), {"u", "v"});
    windows.for_each_cell([&](Index u, Index v, Index cell) {
      if (cell < 0) return e.left_out({u, v}, Explain::number(0), in_own_words("padding"));
      if (cell != largest) return e.left_out({u, v}, e.x(0, cell), in_own_words("not the largest"));
      e.term({u, v}, e.x(0, cell), Explain::number(1), in_own_words("the largest"));
    });
    if (largest < 0) e.term({}, e.y(e.element()), Explain::number(1), in_own_words("all padding"));
  }

  void explain_gradient(Explain& e, const ExplainedWindows& windows) const {
    const std::vector<std::string> loop{"i", "j"};
    e.rule(windows.place(),
           say("{}, where {} is the largest of window {}", detail::sum_text(loop, windows.dy_text()),
               e.x_name(0) + index_text(e.shape(), e.element()), "i,j"),
           loop);
    windows.for_each_window([&](Index i, Index j) {
      const Index largest = largest_of(e, windows, i, j);
      const Factor dy = e.dy(windows.y_at(i, j));
      if (largest == e.element())
        return e.term({i, j}, dy, Explain::number(1), in_own_words("the largest of its window"));
      e.left_out({i, j}, dy,
                 say("the largest of its window is {} = {:g}", e.x_name(0) + index_text(e.shape(), largest),
                     e.x(0, largest).value));
    });
  }

  // The place in x that window (i, j) takes, -1 for none; the kernel tells it of a plane of that window
  // alone.
  Index largest_of(const Explain& e, const ExplainedWindows& windows, Index i, Index j) const {
    kernels::Pooling one = shape_;
    one.planes = one.out_h = one.out_w = 1;
    one.top -= i * one.stride_h;
    one.left -= j * one.stride_w;
    Index place;
    kernels::max_pool_places(one, e.input(0).data() + windows.x_plane(), &place);
    return place < 0 ? -1 : windows.x_plane() + place;
  }

  kernels::Pooling shape_;
  bool ceil_mode_;
};

class AvgPool2dOp final : public Op {
 public:
  AvgPool2dOp(const kernels::Pooling& shape, bool ceil_mode, bool count_include_pad)
      : shape_(shape), ceil_mode_(ceil_mode), count_include_pad_(count_include_pad) {}

  std::string_view name() const override { return "avg_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_shape(inputs[0].shape(), shape_));
    kernels::avg_pool_forward(shape_, count_include_pad_, inputs[0].data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(pass.dy().shape().with(2, shape_.in_h).with(3, shape_.in_w));
    kernels::avg_pool_backward(shape_, count_include_pad_, pass.dy().data(), dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    OpFacts facts{.options = shown(shape_, ceil_mode_), .formula = formula(inputs[0])};
    facts.options.push_back(detail::shown("count_include_pad", count_include_pad_));
    facts.in_onnx = [this] { return in_onnx(); };
    return facts;
  }

 private:
  // Windows that reach beyond the padding: the mean of all cells, times what they are of those that count.
  onnx::Operator in_onnx() const {
    onnx::Operator mean = window_in_onnx("AveragePool", shape_, padding_in_onnx(shape_, ceil_mode_));
    mean.attributes.push_back({"count_include_pad", Index{ceil_mode_ || count_include_pad_}});
    if (!ceil_mode_) return mean;
    const auto& s = shape_;
    const Index rim = count_include_pad_;
    const auto counted = [](Index start, Index kernel, Index low, Index high) {
      return std::min(start + kernel, high) - std::max(start, low);
    };
    Tensor share = Tensor::uninitialized({s.out_h, s.out_w});
    for (Index i = 0; i < s.out_h; i++) {
      const Index rows = counted(i * s.stride_h - s.top, s.kernel_h, -s.top * rim, s.in_h + s.bottom * rim);
      for (Index j = 0; j < s.out_w; j++) {
        const Index columns =
            counted(j * s.stride_w - s.left, s.kernel_w, -s.left * rim, s.in_w + s.right * rim);
        share.set(i, j, static_cast<Scalar>(s.kernel_h * s.kernel_w) / static_cast<Scalar>(rows * columns));
      }
    }
    return {"Mul", {std::move(mean), share}};
  }

  Formula formula(const Shape& x) const {
    const auto& s = shape_;
    Formula f;
    const auto n = f.loop("n", x[0]), c = f.loop("c", x[1]);
    const auto i = f.loop("i", s.out_h), j = f.loop("j", s.out_w), u = f.loop("u", s.kernel_h),
               v = f.loop("v", s.kernel_w);
    const formula::Affine h = s.stride_h * formula::Affine(i) + u - s.top,
                          w = s.stride_w * formula::Affine(j) + v - s.left;
    const Index rim = count_include_pad_;
    f.add({n, c, i, j}, {{0, {n, c, h, w}}}).scale.counts = {{u, h, -s.top * rim, s.in_h + s.bottom * rim},
                                                             {v, w, -s.left * rim, s.in_w + s.right * rim}};
    f.places = {{detail::kPixelPlace}, {detail::kPixelPlace}};
    return f;
  }

  kernels::Pooling shape_;
  bool ceil_mode_, count_include_pad_;
};

class GlobalAvgPool2dOp final : public Op {
 public:
  std::string_view name() const override { return "global_avg_pool2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor& x = inputs[0];
    input_ = x.shape();
    Tensor y = Tensor::uninitialized(input_.with(2, 1).with(3, 1));
    kernels::plane_means(x.data(), y.numel(), input_[2] * input_[3], y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    Tensor dx = Tensor::uninitialized(input_);
    kernels::plane_means_backward(dy.data(), dy.numel(), input_[2] * input_[3], dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.formula = formula(inputs), .in_onnx = [] {
              return onnx::Operator{"GlobalAveragePool", onnx::inputs(1)};
            }};
  }

 private:
  Formula formula(std::span<const Shape> inputs) const {
    Formula f;
    const formula::Access x = detail::loops_over(f, inputs[0]);
    f.add({x[0], x[1], 0, 0}, {{0, x}}).scale = {static_cast<double>(inputs[0][2] * inputs[0][3]), true};
    return f;
  }

  Shape input_;
};

// Windows along one dimension. In ceil mode the last may reach beyond the padding, but it starts within the
// image or the padding before it, as in PyTorch. 0 or less where none fits.
Index window_count(Index size, Index before, Index after, Index reach, Index stride, bool ceil_mode) {
  const Index room = size + before + after - reach + (ceil_mode ? stride - 1 : 0);
  if (room < 0) return 0;
  const Index count = room / stride + 1;
  return ceil_mode && (count - 1) * stride >= size + before ? count - 1 : count;
}

kernels::Pooling checked_shape(const Call& call, const Shape& x, Size2 kernel,
                               const MaxPool2dOptions& options) {
  const auto& [given_stride, padding, dilation, ceil_mode] = options;
  const Size2 stride = given_stride.value_or(kernel);
  detail::check_images(call, x);
  detail::check_options(call, options, kernel);
  const Size2 reach((kernel.h - 1) * dilation.h + 1, (kernel.w - 1) * dilation.w + 1);
  const Size2 out(window_count(x[2], padding.top, padding.bottom, reach.h, stride.h, ceil_mode),
                  window_count(x[3], padding.left, padding.right, reach.w, stride.w, ceil_mode));
  call.check(out.h > 0 && out.w > 0,
             "kernel {}x{} with dilation {}x{} is larger than the input with its padding, {}x{}", kernel.h,
             kernel.w, dilation.h, dilation.w, x[2] + padding.top + padding.bottom,
             x[3] + padding.left + padding.right);
  return {.planes = x[0] * x[1],
          .in_h = x[2],
          .in_w = x[3],
          .out_h = out.h,
          .out_w = out.w,
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

Var max_pool2d(Operand x, Size2 kernel, MaxPool2dOptions options) {
  const Call call("max_pool2d", x.where);
  const auto shape = checked_shape(call, call.shape(x), kernel, options);
  return call.record(std::make_unique<MaxPool2dOp>(shape, options.ceil_mode),
                     result_shape(call.shape(x), shape), {x});
}

Var avg_pool2d(Operand x, Size2 kernel, AvgPool2dOptions options) {
  const Call call("avg_pool2d", x.where);
  const auto shape = checked_shape(call, call.shape(x), kernel, detail::window_options(options));
  return call.record(std::make_unique<AvgPool2dOp>(shape, options.ceil_mode, options.count_include_pad),
                     result_shape(call.shape(x), shape), {x});
}

Var global_avg_pool2d(Operand x) {
  const Call call("global_avg_pool2d", x.where);
  const Shape& input = call.shape(x);
  detail::check_images(call, input);
  return call.record(std::make_unique<GlobalAvgPool2dOp>(), Shape{input[0], input[1], 1, 1}, {x});
}

}  // namespace reel::inline REEL_PRECISION
