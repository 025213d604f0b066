// Line charts for a page.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace reel::apps {

/// One line of a chart: points (x, y) in order of x.
struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

/// A <figure> of what y is, a legend where there are several series, and the lines as SVG, which differ in
/// colour, dashes and marks. x counts whole things. Points that cannot be drawn (not finite, not positive on
/// a logarithmic axis) are left out, long series thinned to what can be seen. The mouse, and with the script
/// of report_script.h the arrow keys, show the values above each x. Where no series has two points, or the
/// only one has the same y everywhere, there is a paragraph with the numbers instead.
std::string line_chart(const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series, bool log_y);

}  // namespace reel::apps
