#include <reel/layers/activations.h>

#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {

LeakyReLU::LeakyReLU(Located<Scalar> negative_slope) : negative_slope_(negative_slope) {
  detail::check_leaky_relu(OptionCheck("LeakyReLU", negative_slope.where), negative_slope);
}

Softplus::Softplus(Located<Scalar> beta, Scalar threshold) : beta_(beta), threshold_(threshold) {
  detail::check_softplus(OptionCheck("Softplus", beta.where), beta, threshold);
}

ELU::ELU(Located<Scalar> alpha) : alpha_(alpha) { detail::check_elu(OptionCheck("ELU", alpha.where), alpha); }

}  // namespace reel::inline REEL_PRECISION
