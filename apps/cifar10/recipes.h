// What makes a training: network, optimiser, schedule and augmentation together, under a name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "common/training_flags.h"

namespace reel::apps {

/// Every member is a flag of the program; a recipe gives their defaults.
struct Recipe {
  std::string network = "tutorial";
  TrainingFlags training = {};
  std::string optimizer = "sgd";  ///< or "adam", "adamw", "muon", "rmsprop"
  double lr = 0.1;                ///< the largest
  double bias_lr_factor = 1;      ///< how many times larger that of biases is; Muon: and the last layer's
  double momentum = 0.9;          ///< Adam and AdamW: beta1
  double weight_decay = 0;
  bool nesterov = true;  ///< SGD's and Muon's momentum is Nesterov's
  /// After the warm-up: to 0 along half a "cosine", in a "line", or "constant".
  std::string schedule = "cosine";
  double warmup = 0;              ///< share of the steps in which the rate rises to the largest
  Index crop = 0;                 ///< padding of the random crop
  std::string padding = "zeros";  ///< or "reflect"
  bool flip = false;
  Index cutout = 0;  ///< side of the square
  double mixup = 0;  ///< images are mixed by Beta(mixup, mixup); 0: none
  /// Of a test image: "one", "flip" or "shift" (six: moved by a pixel, and flipped).
  std::string views = "one";
};

/// "fast", "accurate", "muon" and "tutorial".
const std::vector<std::string>& recipe_names();
Recipe recipe(const std::string& name);

/// Adds a flag for each member, with what `recipe` holds as the default.
void add_recipe_flags(CLI::App& app, Recipe& recipe);
/// A UsageError where flags do not go together.
void check_recipe(const Recipe& recipe);

/// What the recipe says of images: of training images, and each of the views of a test image.
Transform training_transform(const Recipe& recipe);
std::vector<Transform> test_views(const Recipe& recipe);
/// Image n of a batch as it was before its numbers were standardised: [3,32,32] in [0, 1].
Tensor picture_of(const Tensor& images, Index n);

std::unique_ptr<Optimizer> make_optimizer(const Recipe& recipe, const Module& net);
/// `steps` are those of the whole training.
std::unique_ptr<Schedule> make_schedule(const Recipe& recipe, Located<Optimizer&> optimizer, Index steps);
/// Whether the schedule's rates depend on how long the training will be.
bool looks_ahead(const Recipe& recipe);

}  // namespace reel::apps
