// What convolutions, poolings and their layers share: the check of their options; and the three products of a
// convolution on tensors. Internal to core/ops and layers.
#pragma once

#include <string_view>

#include <reel/core/kernels/detail/convolution.h>
#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION::detail {

/// Of strides, paddings and dilations, and of images' and kernels' sides: no product of one of each overflows.
inline constexpr Index kMaxStep = Index{1} << 15, kMaxSide = Index{1} << 40;

/// x [N,C,H,W] with pixels; N may be 0.
void check_images(const Call& call, const Shape& x);
/// bias [channels], or none.
void check_bias(const Call& call, Var bias, Index channels);
/// Non-negative padding, none so large that a product could overflow.
void check_padding(const Call& call, Padding2 padding);
/// The same, and positive kernel, stride and dilation.
void check_window(const Call& call, Size2 kernel, Size2 stride, Padding2 padding, Size2 dilation);
/// The same, and padding of at most half the kernel.
void check_pooling(const Call& call, Size2 kernel, Size2 stride, Padding2 padding, Size2 dilation);
/// What conv_transpose2d adds at the bottom and right: less than stride or dilation.
void check_output_padding(const Call& call, Size2 extra, Size2 stride, Size2 dilation);
/// groups >= 1 that divide the channels `of` the "input" or "output".
void check_groups(const Call& call, Index groups, Index channels, std::string_view of);
/// weight [a,b,Kh,Kw] without an empty dimension.
void check_weight(const Call& call, const Shape& weight);

/// How inspection shows them.
std::vector<OpOption> convolution_options(Size2 stride, Padding2 padding, Size2 dilation, Index groups);

/// y = x * weight + bias of a convolution; of a transposed one, whose x are the results and y the images.
Formula convolution_formula(const kernels::Convolution& shape, std::span<const Shape> inputs,
                            bool transposed);

/// The convolution of images `x` that gives `y`, both [N,C,H,W].
kernels::Convolution convolution_of(const Shape& x, const Shape& y, const Shape& weight, Size2 stride,
                                    Padding2 padding, Size2 dilation, Index groups);

/// y, dx and dweight of kernels/convolution.h; an undefined bias is none.
Tensor convolution_forward(const kernels::Convolution& shape, const Tensor& x, const Tensor& weight,
                           const kernels::Epilogue& epilogue);
Tensor convolution_input_gradient(const kernels::Convolution& shape, const Tensor& dy, const Tensor& weight,
                                  const Tensor& bias);
Tensor convolution_weight_gradient(const kernels::Convolution& shape, const Tensor& x, const Tensor& dy);
/// The sum of dy [N,C,H,W] over all but the channels: [C].
Tensor bias_gradient(const Tensor& dy);

}  // namespace reel::inline REEL_PRECISION::detail
