#include "common/chart.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <reel/core/text/detail/escape.h>

#include "common/axis.h"

namespace reel::apps {
namespace {

using Points = std::vector<std::pair<double, double>>;

// Room for the larger letters of a narrow page, see report_style.h.
constexpr double kWidth = 480, kHeight = 230, kLeft = 54, kRight = 10, kTop = 26, kBottom = 42;
constexpr std::size_t kMostSpots = 160;  // one for three units, which a mouse can point at
constexpr std::size_t kMostMarks = 12;   // more would hide the line

// How a line differs from the others, also without colour, which report_style.h gives it. The mark is a path around
// (0, 0), and a letter like it.
struct LineStyle {
  const char *dashes, *mark, *letter;
};
constexpr std::array<LineStyle, 4> kStyles{{
    {"none", "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "●"},
    {"6 3", "m-3-3h6v6h-6z", "■"},
    {"2 3", "m0-4l4 7h-8z", "▲"},
    {"8 3 2 3", "m0-4l4 4l-4 4l-4-4z", "◆"},
}};

// Neighbours of a series together: the x of the first and of the last, and their mean.
struct Spot {
  double first, last, x, y;
};

// What the spots at one x say, by the number of their series.
struct Column {
  double first, last;
  std::vector<std::pair<std::size_t, double>> values;
};
using Columns = std::map<double, Column>;

// Means of neighbours, so that a long noisy series stays light and readable.
std::vector<Spot> thinned(const Points& points) {
  const std::size_t group = (points.size() + kMostSpots - 1) / kMostSpots;
  std::vector<Spot> spots;
  for (std::size_t begin = 0; begin < points.size(); begin += group) {
    const std::size_t end = std::min(points.size(), begin + group);
    double x = 0, y = 0;
    for (std::size_t i = begin; i < end; i++) x += points[i].first, y += points[i].second;
    const auto count = static_cast<double>(end - begin);
    spots.push_back({points[begin].first, points[end - 1].first, x / count, y / count});
  }
  return spots;
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
std::string line_svg(const Points& points, std::size_t series) {
  const LineStyle& style = kStyles[series % kStyles.size()];
  std::string corners, marks;
  for (const auto& [x, y] : points) {
    corners += fmt::format("{:.1f},{:.1f} ", x, y);
    if (points.size() <= kMostMarks) marks += fmt::format("M{:.1f} {:.1f}{}", x, y, style.mark);
  }
  return fmt::format(
      R"(<g class="series-{}"><polyline points="{}" stroke-dasharray="{}"/><path d="{}"/></g>)",
      series % kStyles.size(), corners, style.dashes, marks);
}

std::string legend(const std::vector<Series>& series) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < series.size(); i++) {
    out += fmt::format(R"(<span class="key"><svg viewBox="0 0 32 12" aria-hidden="true">{}</svg> {}</span>)",
                       line_svg({{2, 6}, {16, 6}, {30, 6}}, i), escape_html(series[i].name));
  }
  return out + "</div>";
}

// "epoch 2", and of neighbours together "step 1–10".
std::string place_in_words(const std::string& x_label, const Column& column) {
  if (column.first == column.last) return fmt::format("{} {:.6g}", x_label, column.first);
  return fmt::format("{} {:.6g}–{:.6g}", x_label, column.first, column.last);
}

std::string column_in_words(const std::string& x_label, const Column& column,
                            const std::vector<Series>& series) {
  std::string words;
  for (const auto& [number, y] : column.values) {
    words += words.empty() ? "" : "; ";
    words += series.size() > 1 ? fmt::format("{:.4g} {}", y, series[number].name) : fmt::format("{:.4g}", y);
  }
  return fmt::format("{}: {}", place_in_words(x_label, column), words);
}

// A strip of the chart to point at, and what it then shows: a line, and the values above.
std::string column_svg(double left, double at, double right, const std::string& x_label, const Column& column,
                       const std::vector<Series>& series) {
  std::string values = escape_html(place_in_words(x_label, column));
  for (const auto& [number, y] : column.values) {
    values += fmt::format(R"(<tspan dx="8" class="series-{}">{} {:.4g}</tspan>)", number % kStyles.size(),
                          kStyles[number % kStyles.size()].letter, y);
  }
  const char* const anchor = at < kWidth / 3 ? "start" : at < 2 * kWidth / 3 ? "middle" : "end";
  return fmt::format(
      R"(<g class="at"><title>{}</title><rect x="{:.1f}" y="0" width="{:.1f}" height="{}"/>)"
      R"(<line x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/><text x="{:.1f}" y="14" text-anchor="{}">{}</text></g>)",
      escape_html(column_in_words(x_label, column, series)), left, right - left, kHeight - kBottom, at, at,
      kTop - 6, kHeight - kBottom, at, anchor, values);
}

std::string columns_svg(const Columns& columns, const Axis& axis, const std::string& x_label,
                        const std::vector<Series>& series) {
  std::string out;
  double left = 0;
  for (auto here = columns.begin(); here != columns.end(); ++here) {
    const auto next = std::next(here);
    const double at = axis.place(here->first),
                 right = next == columns.end() ? kWidth : (at + axis.place(next->first)) / 2;
    out += column_svg(left, at, right, x_label, here->second, series);
    left = right;
  }
  return out;
}

bool is_constant(const Series& series) {
  return std::ranges::all_of(series.points,
                             [&](const auto& p) { return p.second == series.points.front().second; });
}

// "0.4512 training; 0.2311 test (epoch 1)": one point of each is no curve, nor is one and the same value.
std::string points_in_words(const std::string& x_label, const std::vector<Series>& series) {
  std::string words, place;
  for (const Series& one : series) {
    if (one.points.empty()) continue;
    const auto [x, y] = one.points.front();
    place = one.points.size() == 1 ? fmt::format(" ({} {:.6g})", x_label, x) : " throughout";
    words += fmt::format("{}{:.4g}{}", words.empty() ? "" : "; ", y, series.size() > 1 ? " " + one.name : "");
  }
  return words.empty() ? "nothing was measured" : words + place;
}

}  // namespace

std::string line_chart(const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series, bool log_y) {
  const bool no_curve = std::ranges::all_of(series, [](const Series& one) { return one.points.size() < 2; });
  if (no_curve || (series.size() == 1 && is_constant(series[0]))) {
    return fmt::format("<p>{}: {}</p>\n", escape_html(y_label),
                       escape_html(points_in_words(x_label, series)));
  }
  Axis x(false, kLeft, kWidth - kRight), y(log_y, kHeight - kBottom, kTop);
  std::vector<std::vector<Spot>> lines;
  Columns columns;
  for (std::size_t i = 0; i < series.size(); i++) {
    std::vector<Spot>& line = lines.emplace_back(thinned(series[i].points));
    std::erase_if(line, [&](const Spot& p) { return !x.drawable(p.x) || !y.drawable(p.y); });
    for (const Spot& p : line) {
      x.include(p.x), y.include(p.y);
      columns.try_emplace(p.x, Column{p.first, p.last, {}}).first->second.values.emplace_back(i, p.y);
    }
  }
  const std::string name = escape_html(y_label) + (log_y ? " (logarithmic axis)" : "");
  std::string out = fmt::format("<figure class=\"chart\"><figcaption>{}{}</figcaption>\n", name,
                                series.size() > 1 ? legend(series) : "");
  out += fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" tabindex="0" aria-label="{}">)", kWidth, kHeight,
                     name);
  out += axes_svg(x, y, x_label);
  for (std::size_t i = 0; i < lines.size(); i++) {
    Points places;
    for (const Spot& p : lines[i]) places.emplace_back(x.place(p.x), y.place(p.y));
    out += line_svg(places, i);
  }
  out += columns_svg(columns, x, x_label, series);
  return out + "</svg><output class=\"unseen\"></output></figure>\n";
}

}  // namespace reel::apps
