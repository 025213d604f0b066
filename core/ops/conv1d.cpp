// One-dimensional convolution: conv2d of images of one row.
#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {

void detail::check_options(const Call& call, const Conv1dOptions& options, Index kernel) {
  call.count("kernel", kernel, 1, kMaxSide);
  call.count("stride", options.stride, 1, kMaxStep);
  call.count("padding", options.padding, 0, kMaxStep);
  call.count("dilation", options.dilation, 1, kMaxStep);
}

namespace {

// What conv2d asks, in one dimension: the length of the result.
Index checked_length(const Call& call, const Shape& x, const Shape& weight, const Conv1dOptions& options) {
  call.check(x.dim() != 2, "input is {}, [N,C,L] is wanted; reshape a single sequence to [1,C,L]", x);
  call.check(x.dim() == 3, "input is {}, [N,C,L] is wanted", x);
  call.check(x[1] > 0 && x[2] > 0, "input {} has no elements; the batch alone may be empty", x);
  call.check(x[2] <= detail::kMaxSide, "input {} is too long, {} at most is wanted", x, detail::kMaxSide);
  call.check(weight.dim() == 3 && weight.numel() > 0, "weight is {}, [C_out,C_in/groups,K] is wanted",
             weight);
  detail::check_options(call, options, weight[2]);
  detail::check_channels(call, options.groups, x, weight);
  const Index padded = x[2] + 2 * options.padding, reach = options.dilation * (weight[2] - 1) + 1;
  call.check(
      reach <= padded,
      "the kernel covers {} positions, the input with its padding has {}; pad more or shrink the kernel "
      "or its dilation",
      reach, padded);
  return (padded - reach) / options.stride + 1;
}

}  // namespace

Var conv1d(Operand x, Var weight, Var bias, Conv1dOptions options) {
  const Call call("conv1d", x.where);
  const Shape &input = call.shape(x), &filter = call.shape(weight);
  const Index length = checked_length(call, input, filter, options);
  call.make_shape(std::array{input[0], filter[0], length});
  detail::check_bias(call, bias, filter[0], options.bias);
  const Var rows = unsqueeze(x, 2), row_weight = unsqueeze({weight, x.where}, 2);
  const Var y = conv2d({rows, x.where}, row_weight, bias,
                       {.stride = {1, options.stride},
                        .padding = {0, options.padding},
                        .dilation = {1, options.dilation},
                        .groups = options.groups});
  return squeeze({y, x.where}, 2);
}

}  // namespace reel::inline REEL_PRECISION
