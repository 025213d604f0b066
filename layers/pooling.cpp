#include <reel/layers/pooling.h>

#include <reel/core/ops/call.h>

namespace reel::inline REEL_PRECISION {
namespace {

template <class Params>
void check_window(const Call& call, Size2 kernel, const Params& params) {
  call.check<Error>(kernel.h >= 1 && kernel.w >= 1, "the kernel is {}x{}, both sides must be at least 1",
                    kernel.h, kernel.w);
  const Size2 stride = params.stride.value_or(kernel);
  call.check<Error>(stride.h >= 1 && stride.w >= 1, "the stride is {}x{}, both must be at least 1", stride.h,
                    stride.w);
  const auto fits = [](Index padding, Index side) { return padding >= 0 && padding <= side / 2; };
  const Padding2& p = params.padding;
  call.check<Error>(
      fits(p.top, kernel.h) && fits(p.bottom, kernel.h) && fits(p.left, kernel.w) && fits(p.right, kernel.w),
      "the padding is {}, {}, {}, {} (top, bottom, left, right), it must be between 0 and half of the kernel "
      "{}x{}",
      p.top, p.bottom, p.left, p.right, kernel.h, kernel.w);
}

}  // namespace

MaxPool2d::MaxPool2d(Size2 kernel, MaxPool2dParams params, Location where)
    : kernel_(kernel), params_(params) {
  const Call call("MaxPool2d", where);
  check_window(call, kernel, params);
  call.check<Error>(params.dilation.h >= 1 && params.dilation.w >= 1,
                    "the dilation is {}x{}, both must be at least 1", params.dilation.h, params.dilation.w);
}

AvgPool2d::AvgPool2d(Size2 kernel, AvgPool2dParams params, Location where)
    : kernel_(kernel), params_(params) {
  check_window(Call("AvgPool2d", where), kernel, params);
}

}  // namespace reel::inline REEL_PRECISION
