// Reel's side of the comparison.
#pragma once

#include "models.h"

namespace reel::apps {

ModelTime time_reel_model(const Network& network, Index batch);

}  // namespace reel::apps
