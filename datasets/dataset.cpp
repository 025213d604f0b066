#include <reel/datasets/dataset.h>

#include <utility>

namespace reel::inline REEL_PRECISION {

const std::vector<std::string>& Dataset::class_names() const {
  static const std::vector<std::string> none;
  return none;
}

Sample LabelledImages::sample(Index i) const {
  Tensor image = Tensor::uninitialized(sample_shape());
  read(i, image.mutable_values());
  return {.inputs = {std::move(image)}, .label = label(i)};
}

}  // namespace reel::inline REEL_PRECISION
