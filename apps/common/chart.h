// Line charts as SVG.
#pragma once

#include <string>
#include <vector>

#include "common/report.h"

namespace reel::apps {

/// An <svg> element with axes, ticks at round numbers, one line a series and, for several, a legend. x counts
/// whole things. Points that cannot be
/// drawn (not finite, not positive on a logarithmic axis) are left out.
std::string line_chart_svg(const std::string& x_label, const std::string& y_label,
                           const std::vector<Series>& series, bool log_y);

}  // namespace reel::apps
