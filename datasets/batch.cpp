#include <reel/datasets/batch.h>

namespace reel::inline REEL_PRECISION {

Batch Batch::rows(Index begin, Index end) const {
  const auto cut = [=](const Tensor& tensor) {
    return tensor.defined() ? tensor.rows(begin, end) : Tensor();
  };
  Batch result;
  for (const Tensor& input : inputs) result.inputs.push_back(cut(input));
  result.images = inputs.empty() ? cut(images) : result.inputs.front();
  if (!labels.empty()) result.labels.assign(labels.begin() + begin, labels.begin() + end);
  result.targets = cut(targets);
  result.probabilities = cut(probabilities);
  return result;
}

}  // namespace reel::inline REEL_PRECISION
