// An image of a data set and the name of a class, for who shows them.
#pragma once

#include <string>

#include <reel/datasets/dataset.h>

namespace reel::apps {

/// Image i as the data set has it, [C,H,W] in [0, 1].
inline Tensor image_of(const LabelledImages& dataset, Index i) {
  Tensor image = Tensor::uninitialized(dataset.sample_shape());
  dataset.read(i, image.mutable_values());
  return image;
}

inline const std::string& class_name(const LabelledImages& dataset, int label) {
  return dataset.class_names()[static_cast<std::size_t>(label)];
}

}  // namespace reel::apps
