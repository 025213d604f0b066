// Filters that make the patches of images uncorrelated.
#pragma once

#include <reel/reel.h>

#include "cifar10/networks.h"

namespace reel::apps {

/// Sets the 24 filters of the network's first layer: the 12 principal components of all 2x2 patches of the
/// first images of `dataset` after `transform`, each scaled to variance 1, and their negatives. The bias
/// becomes zero.
void set_whitening_filters(FastNet& net, const Dataset& dataset, const Transform& transform);

}  // namespace reel::apps
