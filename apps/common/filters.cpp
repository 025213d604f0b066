#include "common/filters.h"

#include <algorithm>
#include <cmath>

namespace reel::apps {

std::optional<Filters> first_filters(const Module& net) {
  for (const auto& [name, parameter] : net.named_parameters()) {
    const Tensor& weight = parameter->value;
    if (weight.dim() != 4 || weight.size(2) * weight.size(3) == 1) continue;
    if (weight.size(1) != 1 && weight.size(1) != 3) break;
    return Filters{name, weight};
  }
  return std::nullopt;
}

std::vector<Picture> pictures_of(const Filters& filters, Index count) {
  const Tensor& weight = filters.weight;
  const Scalar largest = largest_of(filters);
  const Shape shape{weight.size(1), weight.size(2), weight.size(3)};
  std::vector<Picture> pictures;
  for (Index f = 0; f < std::min(weight.size(0), count); f++) {
    Tensor image = Tensor::uninitialized(shape);
    const Scalar* from = weight.data() + f * shape.numel();
    std::transform(from, from + shape.numel(), image.mutable_data(),
                   [&](Scalar w) { return largest > 0 ? (w / largest + 1) / 2 : Scalar(0.5); });
    pictures.push_back({image, ""});
  }
  return pictures;
}

Scalar largest_of(const Filters& filters) {
  Scalar largest = 0;
  for (const Scalar w : filters.weight.values()) largest = std::max(largest, std::abs(w));
  return largest;
}

}  // namespace reel::apps
