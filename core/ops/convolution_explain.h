// The sums of a convolution, term by term, for the ops that are made of them. Internal to core/ops.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <reel/core/explain.h>
#include <reel/core/kernels/convolution.h>

namespace reel::inline REEL_PRECISION::detail {

/// A tensor of a convolution, as its explanation names and reads it.
struct ExplainedTensor {
  std::string name;
  Index dim;                        ///< 4, or 2 for a weight [C_out,C_in]
  bool gradient;                    ///< dy of the op
  std::function<Factor(Index)> at;  ///< the element at a place in row-major order
};
ExplainedTensor explained_input(const Explain& explain, std::size_t i);
ExplainedTensor explained_dy(const Explain& explain);

/// "i+0", "2i-1": `step` i + `start`.
std::string ascending(std::string_view i, Index step, Index start);

/// The element that is asked for, of an op whose inputs are x, weight and a bias where there is one, is one
/// of: the convolution of `images`, sum over c,u,v of images * weight; what its backward gives to the images,
/// sum over o,u,v of results * weight; and to the weight, sum over n,i,j of results * images. A transposed
/// convolution has the same sums in other places. Where the op's output is asked for, its bias is added.
void explain_convolution(Explain& explain, const kernels::Convolution& shape, const ExplainedTensor& images,
                         const ExplainedTensor& weight);
void explain_convolution_images(Explain& explain, const kernels::Convolution& shape,
                                const ExplainedTensor& results, const ExplainedTensor& weight);
void explain_convolution_weight(Explain& explain, const kernels::Convolution& shape,
                                const ExplainedTensor& results, const ExplainedTensor& images);
/// The element of the bias' gradient: sum over n,i,j of dy [N,C,H,W].
void explain_channel_bias(Explain& explain);

}  // namespace reel::inline REEL_PRECISION::detail
