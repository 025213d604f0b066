#include <reel/optim/clip.h>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/kernels/optimizer.h>

namespace reel::inline REEL_PRECISION {

double clip_grad_norm(const std::vector<Parameter*>& parameters, double max_norm, Location where) {
  if (!(max_norm >= 0)) {
    throw Error(fmt::format("{}: max_norm is {}, it must be 0 or more",
                            call_label("clip_grad_norm", Scope::path(), Scope::resolve(where)), max_norm));
  }
  double sum = 0;
  for (const Parameter* parameter : parameters) {
    sum += kernels::sum_of_squares(parameter->grad.data(),
                                   parameter->grad.defined() ? parameter->grad.numel() : 0);
  }
  const double norm = std::sqrt(sum);
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1) return norm;
  for (Parameter* parameter : parameters) {  // a tape that still lives shows its buffer as its own gradient
    Tensor& grad = parameter->grad;
    if (grad.defined() && !grad.unique()) grad = grad.clone();
  }
  for (Parameter* parameter : parameters) {
    Tensor& grad = parameter->grad;
    if (grad.defined())
      kernels::scale_in_place(grad.mutable_data(), static_cast<Scalar>(factor), grad.numel());
  }
  return norm;
}

}  // namespace reel::inline REEL_PRECISION
