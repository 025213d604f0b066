#include "common/chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "common/html.h"

namespace reel::apps {
namespace {

constexpr double kWidth = 720, kHeight = 300, kLeft = 64, kRight = 16, kTop = 16, kBottom = 44;
constexpr std::size_t kMostPoints = 360;  // about one for two pixels
constexpr std::array<const char*, 4> kColours{"#2e8fb0", "#d1495b", "#66a182", "#8d6a9f"};

// Where values lie on the paper: linear, or by their logarithm.
class Axis {
 public:
  Axis(bool logarithmic, double from, double to) : logarithmic_(logarithmic), from_(from), to_(to) {}

  void include(double value) {
    low_ = std::min(low_, scaled(value));
    high_ = std::max(high_, scaled(value));
  }
  bool drawable(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0); }
  double place(double value) const {
    const double range = high_ > low_ ? high_ - low_ : 1;
    return from_ + (scaled(value) - low_) / range * (to_ - from_);
  }
  // Round values for ticks: 1, 2, 5 times a power of ten, some five of them, `least_step` apart or more; on a
  // logarithmic axis 1, 2 and 5 of each power.
  std::vector<double> ticks(double least_step) const {
    std::vector<double> values;
    if (!(high_ >= low_)) return values;
    if (logarithmic_) {
      for (double decade = std::floor(low_); decade <= std::ceil(high_); decade++) {
        for (const double mantissa : {1.0, 2.0, 5.0}) add_tick(mantissa * std::pow(10, decade), values);
      }
      return values;
    }
    const double rough = std::max(high_ - low_, 1e-12) / 5,
                 power = std::pow(10, std::floor(std::log10(rough)));
    double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    step = std::max(step, least_step);
    for (double k = std::ceil(low_ / step - 1e-9); k * step <= high_ + 1e-9 * step; k++)
      add_tick(k * step, values);
    return values;
  }

 private:
  double scaled(double value) const { return logarithmic_ ? std::log10(value) : value; }
  void add_tick(double value, std::vector<double>& values) const {
    if (scaled(value) >= low_ - 1e-9 && scaled(value) <= high_ + 1e-9) values.push_back(value);
  }

  bool logarithmic_;
  double from_, to_, low_ = INFINITY, high_ = -INFINITY;
};

// Means of neighbours, so that a long noisy series stays light and readable.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  const std::size_t group = (points.size() + kMostPoints - 1) / kMostPoints;
  if (group <= 1) return points;
  std::vector<std::pair<double, double>> means;
  for (std::size_t begin = 0; begin < points.size(); begin += group) {
    const std::size_t end = std::min(points.size(), begin + group);
    double x = 0, y = 0;
    for (std::size_t i = begin; i < end; i++) x += points[i].first, y += points[i].second;
    const auto count = static_cast<double>(end - begin);
    means.emplace_back(x / count, y / count);
  }
  return means;
}

std::string axes_svg(const Axis& x, const Axis& y, const std::string& x_label, const std::string& y_label) {
  std::string out;
  for (const double tick : x.ticks(1)) {
    out += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:.6g}</text>)", x.place(tick),
                       kHeight - kBottom + 16, tick);
  }
  for (const double tick : y.ticks(0)) {
    out += fmt::format(R"(<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" class="grid"/>)", kLeft,
                       kWidth - kRight, y.place(tick), y.place(tick));
    out += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{:.6g}</text>)", kLeft - 6,
                       y.place(tick) + 4, tick);
  }
  out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text>)", kWidth - kRight, kHeight - 8,
                     escape_html(x_label));
  out += fmt::format(R"svg(<text transform="translate(14 {}) rotate(-90)" text-anchor="end">{}</text>)svg",
                     kTop, escape_html(y_label));
  return out;
}

}  // namespace

std::string line_chart_svg(const std::string& x_label, const std::string& y_label,
                           const std::vector<Series>& series, bool log_y) {
  Axis x(false, kLeft, kWidth - kRight), y(log_y, kHeight - kBottom, kTop);
  std::vector<std::vector<std::pair<double, double>>> lines;
  for (const Series& one : series) {
    auto& line = lines.emplace_back(thinned(one.points));
    std::erase_if(line,
                  [&](const auto& point) { return !x.drawable(point.first) || !y.drawable(point.second); });
    for (const auto& [px, py] : line) x.include(px), y.include(py);
  }
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight,
                                escape_html(y_label));
  out += axes_svg(x, y, x_label, y_label);
  for (std::size_t i = 0; i < series.size(); i++) {
    const char* colour = kColours[i % kColours.size()];
    std::string points;
    for (const auto& [px, py] : lines[i]) points += fmt::format("{:.1f},{:.1f} ", x.place(px), y.place(py));
    out +=
        fmt::format(R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5"/>)", points, colour);
    for (const auto& [px, py] : lines[i]) {
      if (lines[i].size() > 12) break;
      out += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"/>)", x.place(px), y.place(py),
                         colour);
    }
    if (series.size() == 1) continue;  // the axis says what it is
    out +=
        fmt::format(R"(<text x="{}" y="{}" text-anchor="end" style="fill:{}">{}</text>)", kWidth - kRight - 6,
                    kTop + 12 + 16 * static_cast<double>(i), colour, escape_html(series[i].name));
  }
  return out + "</svg>\n";
}

}  // namespace reel::apps
