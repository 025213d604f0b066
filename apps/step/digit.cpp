#include "step/digit.h"

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/mnist.h>

namespace reel::apps {
namespace {

constexpr Index kOfEach = 10;  // images in which each digit is drawn once

Tensor first_of(const LabelledImages& data, int label, Index from) {
  for (Index i = 0; i < data.size(); i++) {
    const Index at = (from + i) % data.size();
    if (data.label(at) != label) continue;
    Tensor image = Tensor::uninitialized({1, 1, 28, 28});
    data.read(at, image.mutable_values());
    return image;
  }
  throw Error(fmt::format("digit: none of the {} images is a {}", data.size(), label));
}

}  // namespace

Tensor chosen_digit(Materials& materials, int label) {
  const auto& [seed, folder] = materials.choice;
  Tensor image;
  if (folder.empty()) {
    image = first_of(GeneratedDigits{kOfEach, seed}, label, 0);
  } else {
    const Mnist mnist{folder, Split::kTest};
    image = first_of(mnist, label, static_cast<Index>(seed % static_cast<std::uint64_t>(mnist.size())));
  }
  materials.digits.push_back(image);
  materials.labels.push_back(label);
  return image;
}

}  // namespace reel::apps
