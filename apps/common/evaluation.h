// How good a classifier is on a data set.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

/// What the network said of one image.
struct Prediction {
  Index index;  ///< in the data set
  int label, predicted;
  double confidence;  ///< the probability that it gave to `predicted`
};

/// What the network said of a data set.
struct Evaluation {
  Accuracy accuracy;
  ConfusionMatrix confusion;
  Mean loss;
  std::vector<Prediction> predictions;  ///< one for each image, in order
  Tensor probabilities;                 ///< [images, classes]

  /// The `count` most confident mistakes, the worst first / the first `count` images that were read right.
  std::vector<Prediction> worst_mistakes(std::size_t count) const;
  std::vector<Prediction> first_right(std::size_t count) const;
};

/// Runs the module over the data set in eval mode, and leaves it in the mode that it was in. Of several
/// `views` of each image (test-time augmentation) the logits' mean counts; one is enough, none is an Error.
/// `processes` share the work and get the same; a DisagreementError where they have other weights, images or views.
/// Nothing after Ctrl-C, at which it stops (see InterruptGuard).
std::optional<Evaluation> evaluate(Module& module, const LabelledImages& dataset,
                                   const std::vector<Transform>& views, Communicator& processes = alone());

/// FNV-1a (64 bits) over the bytes of every parameter and buffer in order of name: equal for equal bits.
std::uint64_t weights_hash(const Module& module);

}  // namespace reel::apps
