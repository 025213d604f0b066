#include <reel/core/parameter.h>

#include <unordered_map>
#include <utility>

#include <reel/core/kernels/elementwise.h>

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
  Tensor sum = total.clone();  // which may be a parameter's own
  kernels::add_in_place(sum.mutable_data(), gradient.data(), sum.numel());
  total = std::move(sum);
}

}  // namespace reel::inline REEL_PRECISION
