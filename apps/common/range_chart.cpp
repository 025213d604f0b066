#include "common/range_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <reel/core/text/detail/escape.h>

#include "common/axis.h"

namespace reel::apps {
namespace {

constexpr double kRangeWidth = 160, kRangeHeight = 60, kText = 16;

// The area between two curves of samples, given by their values.
template <class Low, class High>
std::string band(const std::vector<ValueRange>& ranges, const Axis& x, const Axis& y, const char* opacity,
                 Low low, High high) {
  std::string points;
  const auto add = [&](const ValueRange& r, double value) {
    points += fmt::format("{:.1f},{:.1f} ", x.place(r.step), y.place(value));
  };
  for (const ValueRange& r : ranges) add(r, high(r));
  for (auto r = ranges.rbegin(); r != ranges.rend(); ++r) add(*r, low(*r));
  return fmt::format(R"(<polygon points="{}" fill="#2e8fb0" fill-opacity="{}"/>)", points, opacity);
}

// Zero belongs to the picture, unless all numbers are far away from it, as in a norm's weight around one.
bool shows_zero(const std::vector<ValueRange>& ranges) {
  const double least = std::ranges::min(ranges, {}, &ValueRange::least).least,
               most = std::ranges::max(ranges, {}, &ValueRange::most).most;
  return least < most / 2 && most > least / 2;
}

std::string zero_line(const Axis& y) {
  return fmt::format(R"(<line x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}" class="grid"/>)", kRangeWidth,
                     y.place(0), y.place(0));
}

}  // namespace

std::string range_chart_svg(const std::string& label, const std::vector<ValueRange>& samples) {
  std::vector<ValueRange> ranges = samples;
  std::erase_if(ranges,
                [](const ValueRange& r) { return !std::isfinite(r.least) || !std::isfinite(r.most); });
  if (ranges.empty()) return {};
  if (ranges.size() == 1) {  // a line needs two
    ranges.push_back(ranges.front());
    ranges.back().step++;
  }
  Axis x(false, 0, kRangeWidth), y(false, kRangeHeight - kText, 1);
  for (const ValueRange& r : ranges) x.include(r.step), y.include(r.least), y.include(r.most);
  const bool zero = shows_zero(ranges);
  if (zero) y.include(0);
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kRangeWidth,
                                kRangeHeight, escape_html(label));
  out += band(
      ranges, x, y, "0.3", [](const ValueRange& r) { return r.least; },
      [](const ValueRange& r) { return r.most; });
  out += band(
      ranges, x, y, "0.6", [](const ValueRange& r) { return std::max(r.least, -r.rms); },
      [](const ValueRange& r) { return std::min(r.most, r.rms); });
  if (zero) out += zero_line(y);
  out += fmt::format(R"(<text x="0" y="{}">{:.3g}</text>)", kRangeHeight - 2, ranges.back().least);
  out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{:.3g}</text>)", kRangeWidth, kRangeHeight - 2,
                     ranges.back().most);
  return out + "</svg>";
}

}  // namespace reel::apps
