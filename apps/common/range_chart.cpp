#include "common/range_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace reel::apps {
namespace {

constexpr double kWidth = 160, kHeight = 56, kText = 12;

// The area between two curves of samples, given by their values.
template <class Low, class High>
std::string band(const std::vector<Range>& ranges, double x_scale, double largest, const char* opacity,
                 Low low, High high) {
  const double middle = (kHeight - kText) / 2, y_scale = middle / largest;
  std::string points;
  const auto add = [&](const Range& r, double value) {
    points +=
        fmt::format("{:.1f},{:.1f} ", (r.step - ranges.front().step) * x_scale, middle - value * y_scale);
  };
  for (const Range& r : ranges) add(r, high(r));
  for (auto r = ranges.rbegin(); r != ranges.rend(); ++r) add(*r, low(*r));
  return fmt::format(R"(<polygon points="{}" fill="#2e8fb0" fill-opacity="{}"/>)", points, opacity);
}

}  // namespace

std::string range_chart_svg(const std::vector<Range>& samples) {
  std::vector<Range> ranges = samples;
  std::erase_if(ranges, [](const Range& r) { return !std::isfinite(r.least) || !std::isfinite(r.most); });
  if (ranges.empty()) return {};
  if (ranges.size() == 1) {  // a line needs two
    ranges.push_back(ranges.front());
    ranges.back().step++;
  }
  double largest = 1e-30;
  for (const Range& r : ranges) largest = std::max({largest, std::abs(r.least), std::abs(r.most)});
  const double x_scale = kWidth / (ranges.back().step - ranges.front().step);
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img">)", kWidth, kHeight);
  out += band(
      ranges, x_scale, largest, "0.3", [](const Range& r) { return r.least; },
      [](const Range& r) { return r.most; });
  out += band(
      ranges, x_scale, largest, "0.6", [](const Range& r) { return std::max(r.least, -r.rms); },
      [](const Range& r) { return std::min(r.most, r.rms); });
  out += fmt::format(R"(<text x="0" y="{}">{:.2g}</text>)", kHeight - 1, ranges.back().least);
  out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{:.2g}</text>)", kWidth, kHeight - 1,
                     ranges.back().most);
  return out + "</svg>";
}

}  // namespace reel::apps
