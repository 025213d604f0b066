#include <reel/layers/pooling.h>

#include <reel/core/ops/detail/convolution.h>

namespace reel::inline REEL_PRECISION {

MaxPool2d::MaxPool2d(Size2 kernel, MaxPool2dParams params, Location where)
    : kernel_(kernel), params_(params) {
  detail::check_pooling(Call("MaxPool2d", where), kernel, params.stride.value_or(kernel), params.padding,
                        params.dilation);
}

AvgPool2d::AvgPool2d(Size2 kernel, AvgPool2dParams params, Location where)
    : kernel_(kernel), params_(params) {
  detail::check_pooling(Call("AvgPool2d", where), kernel, params.stride.value_or(kernel), params.padding, 1);
}

AdaptiveAvgPool2d::AdaptiveAvgPool2d(Size2 output, Location where) : output_(output) {
  detail::check_size(Call("AdaptiveAvgPool2d", where), "output", output, detail::kMaxSide);
}

}  // namespace reel::inline REEL_PRECISION
