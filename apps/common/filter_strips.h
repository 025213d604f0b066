// The filters of a network's first layer as pictures for a page.
#pragma once

#include <string>
#include <vector>

#include "common/filters.h"

namespace reel::apps {

/// What the colours mean, and a strip of the filters for each moment, all on one scale: below each other, so that a
/// filter can be followed down. One strip where nothing changed or there is one moment.
std::string filter_strips(const std::string& name, const std::vector<FilterHistory::Moment>& moments);

}  // namespace reel::apps
