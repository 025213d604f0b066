#include <reel/optim/clip.h>

#include <cmath>
#include <cstddef>
#include <unordered_set>

#include <reel/core/kernels/detail/optimizer.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Those that have a gradient, each once.
std::vector<Parameter*> with_gradient(std::span<Parameter* const> parameters) {
  std::vector<Parameter*> result;
  std::unordered_set<const Parameter*> seen;
  for (Parameter* parameter : parameters) {
    if (parameter->grad.defined() && seen.insert(parameter).second) result.push_back(parameter);
  }
  return result;
}

double sum_of_squared_gradients(const std::vector<Parameter*>& parameters) {
  const std::vector<std::size_t> first = first_of_ties(parameters);
  std::vector<Tensor> gradients(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); i++) {
    add_tied_gradient(gradients[first[i]], parameters[i]->grad);
  }
  double sum = 0;
  for (const Tensor& gradient : gradients) {
    sum += kernels::sum_of_squares(gradient.data(), gradient.defined() ? gradient.numel() : 0);
  }
  return sum;
}

}  // namespace

double clip_grad_norm(Located<std::span<Parameter* const>> all, double max_norm) {
  OptionCheck("clip_grad_norm", all.where)
      .require(max_norm >= 0, "max_norm is {}, it must be a number of 0 or more", max_norm);
  const std::vector<Parameter*> parameters = with_gradient(all);
  const double norm = std::sqrt(sum_of_squared_gradients(parameters));
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1) return norm;
  for (Parameter* parameter : parameters) {  // a tape that still lives shows its buffer as its own gradient
    Tensor& grad = parameter->grad;
    if (grad.defined() && !grad.unique()) grad = grad.clone();
  }
  for (Parameter* parameter : parameters) {
    Tensor& grad = parameter->grad;
    kernels::scale_in_place(grad.mutable_data(), static_cast<Scalar>(factor), grad.numel());
  }
  return norm;
}

}  // namespace reel::inline REEL_PRECISION
