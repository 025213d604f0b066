#include <reel/layers/pooling.h>

#include <reel/core/ops/detail/convolution.h>

namespace reel::inline REEL_PRECISION {

MaxPool2d::MaxPool2d(Size2 kernel, MaxPool2dOptions options, Location where)
    : kernel_(kernel), options_(options) {
  detail::check_options(Call("MaxPool2d", where), options, kernel);
}

AvgPool2d::AvgPool2d(Size2 kernel, AvgPool2dOptions options, Location where)
    : kernel_(kernel), options_(options) {
  detail::check_options(Call("AvgPool2d", where), options, kernel);
}

AdaptiveAvgPool2d::AdaptiveAvgPool2d(Size2 output, Location where) : output_(output) {
  detail::check_size(Call("AdaptiveAvgPool2d", where), "output", output, detail::kMaxSide);
}

}  // namespace reel::inline REEL_PRECISION
