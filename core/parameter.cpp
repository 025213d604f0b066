// Parameters that share a tensor, and the sum of their gradients.
#include <reel/core/parameter.h>

#include <unordered_map>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/kernels/detail/elementwise.h>

namespace reel::inline REEL_PRECISION {

std::vector<std::size_t> first_of_ties(std::span<Parameter* const> parameters) {
  std::vector<std::size_t> first;
  first.reserve(parameters.size());
  std::unordered_map<const Scalar*, std::size_t> known;
  for (std::size_t i = 0; i < parameters.size(); i++) {
    const Tensor& value = parameters[i]->value;
    first.push_back(value.defined() ? known.emplace(value.data(), i).first->second : i);
  }
  return first;
}

void add_tied_gradient(Tensor& total, const Tensor& gradient) {
  if (!total.defined()) {
    total = gradient;
    return;
  }
  if (gradient.numel() != total.numel()) {
    throw ShapeError(fmt::format(
        "the gradients of tied parameters are {} and {}; those of one weight must be equal in count",
        total.shape(), gradient.shape()));
  }
  if (!total.unique()) total = total.clone();  // it may be a parameter's own
  kernels::add_in_place(total.mutable_data(), gradient.data(), total.numel());
}

}  // namespace reel::inline REEL_PRECISION
