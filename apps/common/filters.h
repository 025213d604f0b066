// The filters of a network's first layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "common/report.h"

namespace reel::apps {

/// The weight of a convolution, [filters, channels, h, w], by its path.
struct Filters {
  std::string name;
  Tensor weight;
};

/// Those of the first convolution larger than 1x1; none where it does not read grey or coloured images.
std::optional<Filters> first_filters(const Module& net);

/// One picture for each of the first `count`, zero in the middle between black, -largest, and white.
std::vector<Picture> pictures_of(const Filters& filters, Index count);
/// The largest absolute number in them.
Scalar largest_of(const Filters& filters);

}  // namespace reel::apps
