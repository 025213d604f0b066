// Small charts of how a layer's numbers spread over time.
#pragma once

#include <string>
#include <vector>

#include "common/layer_ranges.h"

namespace reel::apps {

/// An <svg> element: a band from the smallest to the largest number, within it a darker one of plus and minus
/// the root mean square, a line at zero where zero is near, and in words the extremes of the last sample; the
/// mouse shows each sample's numbers.
/// `label` names it for who cannot see it. Empty where there are no samples.
std::string range_chart_svg(const std::string& label, const std::vector<ValueRange>& ranges);

/// A table with a row of small charts for each layer.
std::string range_table(const LayerRanges& ranges);

}  // namespace reel::apps
