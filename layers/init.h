// How weights start. Numbers come from the program's generator (see seed()). An undefined tensor and options
// that are out of range or not finite are Errors; then the tensor is as it was.
#pragma once

#include <reel/core/location.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION::init {

void constant(Located<Tensor&> t, Scalar value);
/// Uniform in [low, high).
void uniform(Located<Tensor&> t, Scalar low = 0, Scalar high = 1);
void normal(Located<Tensor&> t, Scalar mean = 0, Scalar deviation = 1);

/// Inputs that reach one output, and outputs that one input reaches. As in PyTorch: for a weight
/// [A,B,k1,k2,..], in = B k1 k2 .. and out = A k1 k2 ..; fewer than two dimensions are a ShapeError.
struct Fans {
  Index in, out;
};
Fans fans(Located<const Tensor&> weight);

enum class FanMode { kIn, kOut };
struct KaimingOptions {
  double a = 0;  ///< slope of the leaky ReLU that follows, for x < 0
  FanMode mode = FanMode::kIn;
};
/// Standard deviation sqrt(2 / ((1 + a^2) fan)). He et al., arXiv:1502.01852.
void kaiming_uniform(Located<Tensor&> weight, KaimingOptions options = {});
void kaiming_normal(Located<Tensor&> weight, KaimingOptions options = {});
/// Standard deviation gain sqrt(2 / (in + out)). Glorot and Bengio, AISTATS 2010.
void xavier_uniform(Located<Tensor&> weight, double gain = 1);
void xavier_normal(Located<Tensor&> weight, double gain = 1);

/// PyTorch's default for the weight and bias of linear layers and convolutions: Kaiming-uniform with a =
/// sqrt(5), that is uniform in +-1/sqrt(in), and the same bound for the bias; an undefined bias is none.
void layer_default(Tensor& weight, Tensor& bias);

}  // namespace reel::inline REEL_PRECISION::init
