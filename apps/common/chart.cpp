#include "common/chart.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <reel/core/text/detail/escape.h>

#include "common/axis.h"

namespace reel::apps {
namespace {

using Points = std::vector<std::pair<double, double>>;

// Room for the larger letters of a narrow page, see report_style.h.
constexpr double kWidth = 480, kHeight = 220, kLeft = 54, kRight = 10, kTop = 10, kBottom = 42;
constexpr std::size_t kMostPoints = 240;  // one for two units
constexpr std::size_t kMostMarks = 12;    // more would hide the line

// How a line differs from the others, also without colour. The mark is a path around (0, 0).
struct LineStyle {
  const char *colour, *dashes, *mark;
};
constexpr std::array<LineStyle, 4> kStyles{{
    {"#2e8fb0", "none", "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"},
    {"#d1495b", "6 3", "m-3-3h6v6h-6z"},
    {"#5a9a76", "2 3", "m0-4l4 7h-8z"},
    {"#8d6a9f", "8 3 2 3", "m0-4l4 4l-4 4l-4-4z"},
}};

// Means of neighbours, so that a long noisy series stays light and readable.
Points thinned(const Points& points) {
  const std::size_t group = (points.size() + kMostPoints - 1) / kMostPoints;
  if (group <= 1) return points;
  Points means;
  for (std::size_t begin = 0; begin < points.size(); begin += group) {
    const std::size_t end = std::min(points.size(), begin + group);
    double x = 0, y = 0;
    for (std::size_t i = begin; i < end; i++) x += points[i].first, y += points[i].second;
    const auto count = static_cast<double>(end - begin);
    means.emplace_back(x / count, y / count);
  }
  return means;
}

std::string axes_svg(const Axis& x, const Axis& y, const std::string& x_label) {
  std::string out;
  for (const double tick : x.ticks(1)) {
    out += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:.6g}</text>)", x.place(tick),
                       kHeight - kBottom + 18, tick);
  }
  for (const double tick : y.ticks()) {
    out += fmt::format(R"(<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" class="grid"/>)", kLeft,
                       kWidth - kRight, y.place(tick), y.place(tick));
    out +=
        fmt::format(R"(<text x="{}" y="{:.1f}" class="y">{:.6g}</text>)", kLeft - 6, y.place(tick) + 4, tick);
  }
  return out + fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text>)", kWidth - kRight, kHeight - 6,
                           escape_html(x_label));
}

// Points are where they lie on the paper.
std::string line_svg(const Points& points, const LineStyle& style) {
  std::string corners, marks;
  for (const auto& [x, y] : points) {
    corners += fmt::format("{:.1f},{:.1f} ", x, y);
    if (points.size() <= kMostMarks) marks += fmt::format("M{:.1f} {:.1f}{}", x, y, style.mark);
  }
  return fmt::format(R"(<polyline points="{}" stroke="{}" stroke-dasharray="{}"/>)", corners, style.colour,
                     style.dashes) +
         fmt::format(R"(<path d="{}" fill="{}"/>)", marks, style.colour);
}

std::string legend(const std::vector<Series>& series) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < series.size(); i++) {
    const std::string sample = line_svg({{2, 6}, {16, 6}, {30, 6}}, kStyles[i % kStyles.size()]);
    out += fmt::format(R"(<span class="key"><svg viewBox="0 0 32 12" aria-hidden="true">{}</svg> {}</span>)",
                       sample, escape_html(series[i].name));
  }
  return out + "</div>";
}

// "training 0.4512, test 0.2311 (epoch 1)": one point of each is no curve.
std::string points_in_words(const std::string& x_label, const std::vector<Series>& series) {
  std::string words;
  double x = 0;
  for (const Series& one : series) {
    if (one.points.empty()) continue;
    x = one.points.front().first;
    const double y = one.points.front().second;
    words += fmt::format("{}{}{:.4g}", words.empty() ? "" : ", ", series.size() > 1 ? one.name + " " : "", y);
  }
  return words.empty() ? "nothing was measured" : fmt::format("{} ({} {:.6g})", words, x_label, x);
}

}  // namespace

std::string line_chart(const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series, bool log_y) {
  if (std::ranges::all_of(series, [](const Series& one) { return one.points.size() < 2; })) {
    return fmt::format("<p>{}: {}</p>\n", escape_html(y_label),
                       escape_html(points_in_words(x_label, series)));
  }
  Axis x(false, kLeft, kWidth - kRight), y(log_y, kHeight - kBottom, kTop);
  std::vector<Points> lines;
  for (const Series& one : series) {
    Points& line = lines.emplace_back(thinned(one.points));
    std::erase_if(line, [&](const auto& p) { return !x.drawable(p.first) || !y.drawable(p.second); });
    for (const auto& [px, py] : line) x.include(px), y.include(py);
  }
  std::string out = fmt::format("<figure class=\"chart\"><figcaption>{}{}</figcaption>\n",
                                escape_html(y_label), series.size() > 1 ? legend(series) : "");
  out += fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight,
                     escape_html(y_label));
  out += axes_svg(x, y, x_label);
  for (std::size_t i = 0; i < lines.size(); i++) {
    for (auto& [px, py] : lines[i]) px = x.place(px), py = y.place(py);
    out += line_svg(lines[i], kStyles[i % kStyles.size()]);
  }
  return out + "</svg></figure>\n";
}

}  // namespace reel::apps
