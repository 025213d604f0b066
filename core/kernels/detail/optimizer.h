// The updates of the optimisers: one pass over the elements of one parameter.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

struct SgdUpdate {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;
};
/// Updates value[0..n) from gradient; `buffer` is the momentum's, nullptr for none.
void sgd_update(Scalar* value, const Scalar* gradient, Scalar* buffer, Index n, const SgdUpdate& update);

struct AdamUpdate {
  double step_size;     ///< lr / (1 - beta1^t)
  double second_scale;  ///< 1 / sqrt(1 - beta2^t)
  double beta1, beta2, eps;
  double weight_decay;  ///< added to the gradient, as weight_decay * value
  double shrink;        ///< the value is multiplied by this first; 1 for none
};
/// `first` and `second` are the moments' averages, `second_max` the largest second so far or nullptr.
void adam_update(Scalar* value, const Scalar* gradient, Scalar* first, Scalar* second, Scalar* second_max,
                 Index n, const AdamUpdate& update);

struct RmspropUpdate {
  double lr, alpha, eps, weight_decay, momentum;
};
/// `mean` is the gradient's average where centered, else nullptr; `buffer` is the momentum's or nullptr.
void rmsprop_update(Scalar* value, const Scalar* gradient, Scalar* square, Scalar* mean, Scalar* buffer,
                    Index n, const RmspropUpdate& update);

/// Muon's momentum, or nullptr, and the direction that is to be orthogonalised.
void muon_direction(Scalar* direction, const Scalar* gradient, Scalar* buffer, Index n, double momentum,
                    bool nesterov);
/// value[i] = shrink * value[i] - lr * direction[i]
void muon_update(Scalar* value, const Scalar* direction, Index n, double lr, double shrink);

/// Sum of x[i]^2 in double, always in the same order.
double sum_of_squares(const Scalar* x, Index n);
/// x[i] *= factor
void scale_in_place(Scalar* x, Scalar factor, Index n);

}  // namespace reel::inline REEL_PRECISION::kernels
