// The checks, the formula and the kernel calls of convolutions.
#include <reel/core/ops/detail/convolution.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include <reel/core/detail/scratch.h>
#include <reel/core/kernels/detail/bias.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

using kernels::ConvolutionPass;

// The plan of a pass: made at its first call, kept for the next ones.
const kernels::ConvolutionPlan& plan_of(const kernels::Convolution& shape, ConvolutionPass pass) {
  constexpr std::size_t kMost = 512;  // some networks' worth; batches of many sizes would go on adding
  thread_local std::map<std::tuple<kernels::Convolution, ConvolutionPass, int>,
                        std::unique_ptr<const kernels::ConvolutionPlan>>
      plans;
  const std::tuple key(shape, pass, num_threads());
  if (const auto known = plans.find(key); known != plans.end()) return *known->second;
  if (plans.size() == kMost) plans.clear();
  return *plans.emplace(key, kernels::plan_convolution(shape, pass, num_threads())).first->second;
}

void run(const kernels::Convolution& shape, ConvolutionPass pass, const kernels::ImagesView& left,
         const Tensor& right, const kernels::EpilogueView& epilogue, Tensor& result) {
  const kernels::ConvolutionPlan& plan = plan_of(shape, pass);
  const Scratch scratch(plan.scratch_bytes());
  plan.run(left, right.data(), epilogue, result.mutable_data(), static_cast<std::byte*>(scratch.data()));
}

}  // namespace

void check_images(const Call& call, const Shape& x) {
  call.check(x.dim() != 3, "input is {}, images [N,C,H,W] are wanted; reshape a single image to [1,C,H,W]",
             x);
  call.check(x.dim() == 4, "input is {}, images [N,C,H,W] are wanted", x);
  call.check(x[1] > 0 && x[2] > 0 && x[3] > 0, "input {} has no pixels; the batch alone may be empty", x);
  call.check(std::max(x[2], x[3]) <= kMaxSide, "input {} is too large, {} pixels a side at most are wanted",
             x, kMaxSide);
}

void check_padding(const Call& call, Padding2 padding) {
  const auto [low, high] = std::minmax({padding.top, padding.bottom, padding.left, padding.right});
  call.check(low >= 0 && high <= kMaxStep,
             "padding is {}, {}, {}, {} (top, bottom, left, right), 0 to {} is wanted; crop with slice",
             padding.top, padding.bottom, padding.left, padding.right, kMaxStep);
}

void check_size(const Call& call, std::string_view option, Size2 size, Index most) {
  call.check(std::min(size.h, size.w) >= 1 && std::max(size.h, size.w) <= most,
             "{} is {}x{}, 1 to {} is wanted", option, size.h, size.w, most);
}

namespace {

void check_window(const Call& call, Size2 kernel, Size2 stride, Padding2 padding, Size2 dilation) {
  check_size(call, "kernel", kernel, kMaxSide);
  check_size(call, "stride", stride, kMaxStep);
  check_size(call, "dilation", dilation, kMaxStep);
  check_padding(call, padding);
}

}  // namespace

void check_options(const Call& call, const Conv2dOptions& options, Size2 kernel) {
  check_window(call, kernel, options.stride, options.padding, options.dilation);
}

void check_options(const Call& call, const ConvTranspose2dOptions& options, Size2 kernel) {
  const auto& [stride, padding, dilation, groups, extra, bias] = options;
  check_window(call, kernel, stride, padding, dilation);
  call.check(extra.h >= 0 && extra.h < std::max(stride.h, dilation.h) && extra.w >= 0 &&
                 extra.w < std::max(stride.w, dilation.w),
             "output_padding is {}x{}, 0 or more and less than stride {}x{} or dilation {}x{} is wanted",
             extra.h, extra.w, stride.h, stride.w, dilation.h, dilation.w);
}

void check_options(const Call& call, const MaxPool2dOptions& options, Size2 kernel) {
  const Padding2& padding = options.padding;
  check_window(call, kernel, options.stride.value_or(kernel), padding, options.dilation);
  call.check(2 * std::max(padding.top, padding.bottom) <= kernel.h &&
                 2 * std::max(padding.left, padding.right) <= kernel.w,
             "padding is {}, {}, {}, {} (top, bottom, left, right), at most half of kernel {}x{} is wanted",
             padding.top, padding.bottom, padding.left, padding.right, kernel.h, kernel.w);
}

void check_options(const Call& call, const AvgPool2dOptions& options, Size2 kernel) {
  check_options(call, window_options(options), kernel);
}

void check_groups(const Call& call, Index groups, Index channels, std::string_view of) {
  call.check(groups >= 1 && channels % groups == 0, "{} groups cannot share {} {} channels evenly", groups,
             channels, of);
}

void check_channels(const Call& call, Index groups, const Shape& x, const Shape& weight) {
  check_groups(call, groups, x[1], "input");
  check_groups(call, groups, weight[0], "output");
  call.check(x[1] / groups == weight[1], "input has {} channels, weight {} wants {}", x[1], weight,
             weight[1] * groups);
}

void check_weight(const Call& call, const Shape& weight) {
  call.check(weight.dim() == 4 && weight.numel() > 0,
             "weight is {}, four dimensions with the kernel's height and width at the end are wanted",
             weight);
}

Conv2dOptions convolution_options(const ConvTranspose2dOptions& options) {
  const auto& [stride, padding, dilation, groups, output_padding, bias] = options;
  return {stride, padding, dilation, groups, bias};
}

MaxPool2dOptions window_options(const AvgPool2dOptions& options) {
  return {.stride = options.stride, .padding = options.padding, .ceil_mode = options.ceil_mode};
}

std::vector<OpOption> shown(const Conv2dOptions& options) {
  return {shown("stride", options.stride), shown("padding", options.padding),
          shown("dilation", options.dilation), shown("groups", options.groups)};
}

std::vector<Index> onnx_pads(Padding2 padding) {
  return {padding.top, padding.left, padding.bottom, padding.right};
}

onnx::Operator convolution_in_onnx(std::string type, std::size_t inputs, const Conv2dOptions& options) {
  return {std::move(type),
          onnx::inputs(inputs),
          {{"strides", std::vector{options.stride.h, options.stride.w}},
           {"pads", onnx_pads(options.padding)},
           {"dilations", std::vector{options.dilation.h, options.dilation.w}},
           {"group", options.groups}}};
}

Formula convolution_formula(const kernels::Convolution& s, std::span<const Shape> inputs, bool transposed) {
  using formula::Access, formula::Affine;
  Formula f;
  const auto n = f.loop("n", s.batch);
  const auto o = f.loop(transposed ? "c" : "o", s.out_channels),
             c = f.loop(transposed ? "o" : "c", s.group_in());
  Affine u = 0, v = 0;  // a kernel of one pixel has no loop over its pixels
  if (s.taps() > 1) {
    u = f.loop("u", s.kernel_h);
    v = f.loop("v", s.kernel_w);
  }
  const auto i = f.loop("i", s.out_h), j = f.loop("j", s.out_w);
  const Affine shared = s.groups == 1 ? Affine(c) : s.group_in() * group_of(o, s.group_out()) + c;
  const Access images{n, shared, s.stride_h * Affine(i) + s.dilation_h * u - s.top,
                      s.stride_w * Affine(j) + s.dilation_w * v - s.left};
  const Access results{n, o, i, j}, weight = inputs[1].dim() == 2 ? Access{o, c} : Access{o, c, u, v};
  const Access &x = transposed ? results : images, &y = transposed ? images : results;
  f.add(y, {{0, x}, {1, weight}});
  if (inputs.size() > 2) {
    const Size2 size = transposed ? Size2(s.in_h, s.in_w) : Size2(s.out_h, s.out_w);
    const auto channel = f.loop("o", transposed ? s.in_channels : s.out_channels);
    f.add({n, channel, f.loop("i", size.h), f.loop("j", size.w)}, {{2, {channel}}}).note = "bias";
  }
  f.weights = {1, 2};
  const Access weight_place = transposed ? Access{o, shared, u, v} : Access{shared, o, u, v};
  f.places = {{"image {0}, output channel {1}, row {2}, column {3}"},
              {"image {0}, input channel {1}, row {2}, column {3}"},
              {"input channel {0} -> output channel {1}, kernel row {2}, column {3}", weight_place},
              {"output channel {0}"}};
  return f;
}

kernels::Convolution convolution_of(const Shape& x, const Shape& y, const Shape& weight,
                                    const Conv2dOptions& options) {
  const auto& [stride, padding, dilation, groups, bias] = options;
  return {.batch = x[0],
          .groups = groups,
          .in_channels = x[1],
          .in_h = x[2],
          .in_w = x[3],
          .out_channels = y[1],
          .out_h = y[2],
          .out_w = y[3],
          .kernel_h = weight[2],
          .kernel_w = weight[3],
          .stride_h = stride.h,
          .stride_w = stride.w,
          .dilation_h = dilation.h,
          .dilation_w = dilation.w,
          .top = padding.top,
          .left = padding.left};
}

// The kernels' plans want images.
Tensor convolution_output(const kernels::Convolution& c, const kernels::ImagesView& x, const Tensor& weight,
                          const kernels::EpilogueView& epilogue) {
  Tensor y = Tensor::uninitialized({c.batch, c.out_channels, c.out_h, c.out_w});
  if (c.batch > 0) run(c, ConvolutionPass::kForward, x, weight, epilogue, y);
  return y;
}

Tensor convolution_dx(const kernels::Convolution& c, const Tensor& dy, const Tensor& weight,
                      const Tensor& bias) {
  Tensor dx = Tensor::uninitialized({c.batch, c.in_channels, c.in_h, c.in_w});
  if (c.batch > 0) run(c, ConvolutionPass::kInputGradient, dy.data(), weight, {.bias = bias.data()}, dx);
  return dx;
}

Tensor convolution_dweight(const kernels::Convolution& c, const kernels::ImagesView& x, const Tensor& dy) {
  const Shape weight{c.out_channels, c.group_in(), c.kernel_h, c.kernel_w};
  if (c.batch == 0) return Tensor::zeros(weight);
  Tensor dweight = Tensor::uninitialized(weight);
  run(c, ConvolutionPass::kWeightGradient, x, dy, {}, dweight);
  return dweight;
}

Tensor bias_gradient(const Tensor& dy) {
  Tensor dbias = Tensor::uninitialized({dy.size(1)});
  kernels::sum_planes(dy.data(), dy.size(0), dy.size(1), dy.size(2) * dy.size(3), dbias.mutable_data());
  return dbias;
}

}  // namespace reel::inline REEL_PRECISION::detail
