// The picture that a lesson reads.
#pragma once

#include "step/materials.h"

namespace reel::apps {

/// An image of the digit `label`, [1,1,28,28] from 0 to 1: drawn by the seed, or of MNIST's test images the first with
/// that label from image `seed` on. It is noted among the materials' digits.
Tensor chosen_digit(Materials& materials, int label);

}  // namespace reel::apps
