// The two-dimensional convolution and its transpose.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

/// x [N,in,H,W] -> [N,out,H',W'] as conv2d(); weight [out,in/groups,Kh,Kw], bias [out]. The groups share `in`
/// and `out` evenly, or it is an Error.
class Conv2d : public WeightLayer {
 public:
  Conv2d(Located<Index> in, Index out, Size2 kernel, Conv2dOptions options = {});
  template <std::integral Stride, class... Rest>
  Conv2d(Index, Index, Size2, Stride, Rest...) {
    static_assert(detail::kNever<Stride>,
                  "options have names: Conv2d{in, out, kernel, {.stride = 2, .padding = 1}}");
  }
  Var forward(Var x) override;

 private:
  Conv2dOptions options_;
};

/// x [N,in,H,W] -> [N,out,H',W'] as conv_transpose2d(); weight [in,out/groups,Kh,Kw], bias [out]. Groups as
/// above.
class ConvTranspose2d : public WeightLayer {
 public:
  ConvTranspose2d(Located<Index> in, Index out, Size2 kernel, ConvTranspose2dOptions options = {});
  Var forward(Var x) override;

 private:
  ConvTranspose2dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
