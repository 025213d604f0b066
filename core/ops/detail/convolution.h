// What convolutions, poolings and their layers share: the check of their options; and the three products of a
// convolution on tensors. Internal to core/ops and layers.
#pragma once

#include <string_view>

#include <reel/core/kernels/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION::detail {

/// The most of strides, paddings and dilations, and of images' and kernels' sides: no product of one of each
/// overflows.
inline constexpr Index kMaxStep = Index{1} << 15, kMaxSide = Index{1} << 40;

/// x [N,C,H,W] with pixels; N may be 0.
void check_images(const Call& call, const Shape& x);
/// Non-negative padding, none so large that a product could overflow.
void check_padding(const Call& call, Padding2 padding);
/// 1 to `most` pixels: of a kernel, a stride.
void check_size(const Call& call, std::string_view option, Size2 size, Index most);
/// Padding as above, and positive kernel, stride and dilation; of a pooling, padding up to half the kernel.
void check_options(const Call& call, const Conv2dOptions& options, Size2 kernel);
void check_options(const Call& call, const ConvTranspose2dOptions& options, Size2 kernel);
void check_options(const Call& call, const MaxPool2dOptions& options, Size2 kernel);
void check_options(const Call& call, const AvgPool2dOptions& options, Size2 kernel);
/// groups >= 1 that divide the channels `of` the "input" or "output".
void check_groups(const Call& call, Index groups, Index channels, std::string_view of);
/// Those of x [N,C_in,..] and weight [C_out,C_in/groups,..] of a convolution.
void check_channels(const Call& call, Index groups, const Shape& x, const Shape& weight);
/// What a layer of a convolution asks; the kernel is a number in one dimension, else a Size2.
template <class Kernel, class Options>
void check_layer(const Call& call, Index in, Index out, Kernel kernel, const Options& options) {
  call.count("in", in, 1);
  call.count("out", out, 1);
  check_options(call, options, kernel);
  check_groups(call, options.groups, in, "input");
  check_groups(call, options.groups, out, "output");
}
/// weight [a,b,Kh,Kw] without an empty dimension.
void check_weight(const Call& call, const Shape& weight);

/// Those of the convolution whose input gradient a transposed one is, and of the windows that are averaged.
Conv2dOptions convolution_options(const ConvTranspose2dOptions& options);
MaxPool2dOptions window_options(const AvgPool2dOptions& options);

/// How an explanation calls an element of images.
inline constexpr const char* kPixelPlace = "image {0}, channel {1}, row {2}, column {3}";

/// How inspection shows them.
std::vector<OpOption> shown(const Conv2dOptions& options);
/// Conv or ConvTranspose: of x, a weight of four dimensions, and a bias where there are three inputs.
onnx::Operator convolution_in_onnx(std::string type, std::size_t inputs, const Conv2dOptions& options);
/// The sizes of a window's padding, in ONNX's order.
std::vector<Index> onnx_pads(Padding2 padding);

/// y = x * weight + bias of a convolution; of a transposed one, whose x are the results and y the images.
Formula convolution_formula(const kernels::Convolution& shape, std::span<const Shape> inputs,
                            bool transposed);

/// The convolution of images `x` that gives `y`, both [N,C,H,W].
kernels::Convolution convolution_of(const Shape& x, const Shape& y, const Shape& weight,
                                    const Conv2dOptions& options);

/// y, dx and dweight of kernels/detail/convolution.h; an undefined bias is none.
Tensor convolution_output(const kernels::Convolution& shape, const kernels::ImagesView& x,
                          const Tensor& weight, const kernels::EpilogueView& epilogue);
Tensor convolution_dx(const kernels::Convolution& shape, const Tensor& dy, const Tensor& weight,
                      const Tensor& bias);
Tensor convolution_dweight(const kernels::Convolution& shape, const kernels::ImagesView& x, const Tensor& dy);
/// The sum of dy [N,C,H,W] over all but the channels: [C].
Tensor bias_gradient(const Tensor& dy);

}  // namespace reel::inline REEL_PRECISION::detail
