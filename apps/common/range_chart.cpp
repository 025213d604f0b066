#include "common/range_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <reel/core/text/detail/escape.h>

#include "common/axis.h"
#include "common/html.h"

namespace reel::apps {
namespace {

constexpr double kRangeWidth = 160, kRangeHeight = 60, kText = 16;

// The area between two curves of samples, given by their values.
template <class Low, class High>
std::string band(const std::vector<ValueRange>& ranges, const Axis& x, const Axis& y, const char* name,
                 Low low, High high) {
  std::string points;
  const auto add = [&](const ValueRange& r, double value) {
    points += fmt::format("{:.1f},{:.1f} ", x.place(r.step), y.place(value));
  };
  for (const ValueRange& r : ranges) add(r, high(r));
  for (auto r = ranges.rbegin(); r != ranges.rend(); ++r) add(*r, low(*r));
  return fmt::format(R"(<polygon class="{}" points="{}"/>)", name, points);
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

// A strip for each sample to point at, which says its numbers.
std::string hints(const std::vector<ValueRange>& ranges, const Axis& x) {
  std::string out;
  double left = 0;
  for (std::size_t i = 0; i < ranges.size(); i++) {
    const ValueRange& r = ranges[i];
    const double right =
        i + 1 < ranges.size() ? (x.place(r.step) + x.place(ranges[i + 1].step)) / 2 : kRangeWidth;
    out += fmt::format(
        R"(<rect class="hint" x="{:.1f}" width="{:.1f}" height="{}"><title>step {:.6g}: from {:.3g} to {:.3g}, root mean square {:.3g}</title></rect>)",
        left, right - left, kRangeHeight - kText, r.step, r.least, r.most, r.rms);
    left = right;
  }
  return out;
}

}  // namespace

std::string range_chart_svg(const std::string& label, const std::vector<ValueRange>& samples) {
  std::vector<ValueRange> ranges = samples;
  std::erase_if(ranges,
                [](const ValueRange& r) { return !std::isfinite(r.least) || !std::isfinite(r.most); });
  if (ranges.empty()) return {};
  const std::vector<ValueRange> finite = ranges;
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
      ranges, x, y, "all", [](const ValueRange& r) { return r.least; },
      [](const ValueRange& r) { return r.most; });
  out += band(
      ranges, x, y, "most", [](const ValueRange& r) { return std::max(r.least, -r.rms); },
      [](const ValueRange& r) { return std::min(r.most, r.rms); });
  if (zero) out += zero_line(y);
  out += hints(finite, x);
  out += fmt::format(R"(<text x="0" y="{}">{:.3g}</text>)", kRangeHeight - 2, ranges.back().least);
  out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{:.3g}</text>)", kRangeWidth, kRangeHeight - 2,
                     ranges.back().most);
  return out + "</svg>";
}

std::string range_table(const LayerRanges& ranges) {
  std::string out = "<div class=\"scroll\"><table class=\"ranges\"><thead><tr><th class=\"name\">layer</th>";
  for (const char* kind : LayerRanges::kKinds) out += fmt::format("<th>{}</th>", kind);
  out += "</tr></thead>\n<tbody>";
  for (const LayerRanges::Layer& layer : ranges.layers()) {
    out += fmt::format("<tr><td class=\"name\">{}</td>", breakable_path(layer.name));
    for (std::size_t kind = 0; kind < LayerRanges::kKinds.size(); kind++) {
      const std::string label = fmt::format("{} of {}", LayerRanges::kKinds[kind], layer.name);
      out += "<td>" + range_chart_svg(label, layer.ranges[kind]) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace reel::apps
