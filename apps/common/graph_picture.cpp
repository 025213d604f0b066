#include "common/graph_picture.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/escape.h>

#include "common/graph_layout.h"

namespace reel::apps {
namespace {

// In pixels, of letters of 11 pixels; see report_style.h.
constexpr double kLine = 16, kInside = 8, kBetweenLanes = 18, kPass = 12, kMargin = 10;
// Of the gap between two rows, from above: for the sizes, a branch that leaves, a frame's name, each branch that
// arrives, the arrow's head.
constexpr double kSizes = 18, kLeave = 10, kFrame = 20, kArrive = 9, kHead = 14;
constexpr double kEntry = 12;   // between the arrows into one box
constexpr double kCircle = 18;  // where a column is left and the next begins
constexpr double kTallest = 760;
constexpr std::size_t kLongestLine = 26;  // of a part's operators

// Of a common font, rather too wide; a letter outside of ASCII has two bytes or more.
double text_width(std::string_view text, bool is_bold = false) {
  double width = 0;
  for (const char c : text) {
    const bool is_wide = std::string_view("mwMW<>&%@=+").find(c) != std::string_view::npos;
    width += static_cast<signed char>(c) < 0 ? 4.5 : is_wide ? 10 : is_bold ? 7.2 : 6.4;
  }
  return width;
}

std::string sizes_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape.sizes(), "x")); }

// A line of a box: operators, their layer, the weight's sizes.
struct Line {
  std::string operators, layer, weight;

  double width() const {
    return text_width(operators, true) + (layer.empty() ? 0 : 6 + text_width(layer)) +
           (weight.empty() ? 0 : 14 + text_width(weight));
  }
};

// A box as it is drawn; its middle is its lane's.
struct Drawn {
  std::string block;
  std::vector<Line> lines;
  const char* kind;  // a class of report_style.h, which gives it a colour
  double width;
  bool is_end;  // an input or output

  double height() const { return static_cast<double>(lines.size()) * kLine + 8; }
};

// The part's operators, broken into lines; beside the first its layer without the frame's name.
std::vector<Line> lines_of(const OnnxPart& part, std::string_view block) {
  std::vector<Line> lines;
  if (part.op.empty()) return {{part.name, fmt::format("{}", fmt::join(part.operators, " ")), ""}};
  for (const std::string& type : part.operators) {
    if (lines.empty() || lines.back().operators.size() + type.size() > kLongestLine)
      lines.push_back({type, "", ""});
    else
      lines.back().operators += fmt::format(" {}", type);
  }
  std::string_view layer = part.scope;
  if (!block.empty() && (layer == block || layer.starts_with(fmt::format("{}.", block))))
    layer.remove_prefix(std::min(block.size() + 1, layer.size()));
  lines[0].layer = layer;
  if (part.operators.size() > 1) lines[0].layer += fmt::format("{}{}", layer.empty() ? "" : " ", part.op);
  if (part.weight.dim() > 0) lines[0].weight = sizes_text(part.weight);
  return lines;
}

const char* kind_of(const std::vector<OnnxPart>& parts, const GraphBox& box) {
  if (parts[box.parts[0]].op.empty()) return "end";
  const auto has_matrix = [&](std::size_t part) { return parts[part].weight.dim() > 1; };
  if (std::ranges::any_of(box.parts, has_matrix)) return "weighs";
  return parts[box.parts[0]].inputs.size() > 1 ? "joins" : "plain";
}

class Drawing {
 public:
  explicit Drawing(const std::vector<OnnxPart>& parts)
      : layout_(graph_layout(parts)), gaps_(layout_.rows), heights_(layout_.rows) {
    for (const GraphBox& box : layout_.boxes) {
      shapes_.push_back(parts[box.parts.back()].shape);
      drawn_.push_back(drawn(parts, box));
      heights_[box.row] = std::max(heights_[box.row], drawn_.back().height());
    }
    for (std::size_t row = 0; row < layout_.rows; row++) gaps_[row] = gap_above(row);
  }

  std::string svg() {
    const std::vector<std::size_t> cuts = columns();
    std::string out;
    for (std::size_t column = 0; column + 1 < cuts.size(); column++) {
      place(cuts[column], cuts[column + 1]);
      out += column_svg(column, cuts.size() - 1);
    }
    return out;
  }

 private:
  struct Place {
    double x, top, bottom;  // x of its middle
  };

  Drawn drawn(const std::vector<OnnxPart>& parts, const GraphBox& box) const {
    Drawn made{"", {}, kind_of(parts, box), 0, parts[box.parts[0]].op.empty()};
    for (const GraphFrame& frame : layout_.frames)
      if (frame.first <= box.row && box.row <= frame.last) made.block = frame.block;
    for (const std::size_t part : box.parts)
      for (Line& line : lines_of(parts[part], made.block)) made.lines.push_back(std::move(line));
    for (const Line& line : made.lines) made.width = std::max(made.width, line.width() + 2 * kInside);
    return made;
  }

  const GraphBox& from(const GraphEdge& edge) const { return layout_.boxes[edge.from]; }
  const GraphBox& to(const GraphEdge& edge) const { return layout_.boxes[edge.to]; }

  // The edges into a box from other lanes, the nearest first.
  std::vector<GraphEdge> arriving(std::size_t box) const {
    std::vector<GraphEdge> edges;
    const auto lane = static_cast<std::ptrdiff_t>(layout_.boxes[box].lane);
    for (const GraphEdge& edge : layout_.edges)
      if (edge.to == box && edge.lane != layout_.boxes[box].lane) edges.push_back(edge);
    std::ranges::sort(edges, {}, [&](const GraphEdge& edge) {
      return std::abs(static_cast<std::ptrdiff_t>(edge.lane) - lane);
    });
    return edges;
  }

  double gap_above(std::size_t row) const {
    const auto frame = std::ranges::find(layout_.frames, row, &GraphFrame::first);
    double gap = frame == layout_.frames.end() ? 0 : kFrame;
    if (row == 0) return gap;
    const auto leaves = [&](const GraphEdge& edge) {
      return from(edge).row + 1 == row && edge.lane != from(edge).lane;
    };
    if (std::ranges::any_of(layout_.edges, leaves)) gap += kLeave;
    std::size_t most = 0;
    for (std::size_t box = 0; box < layout_.boxes.size(); box++)
      if (layout_.boxes[box].row == row) most = std::max(most, arriving(box).size());
    return gap + kSizes + kArrive * static_cast<double>(most) + kHead;
  }

  // Whether a column may begin with a row: one value alone comes from above.
  bool may_begin(std::size_t row) const {
    std::optional<std::size_t> source;
    for (const GraphEdge& edge : layout_.edges) {
      if (from(edge).row >= row || to(edge).row < row) continue;
      if (source.value_or(edge.from) != edge.from) return false;
      source = edge.from;
    }
    return true;
  }

  // The row that each column begins with, and the number of rows.
  std::vector<std::size_t> columns() const {
    std::vector<double> tops{0};
    for (std::size_t row = 0; row < layout_.rows; row++)
      tops.push_back(tops.back() + gaps_[row] + heights_[row]);
    const double count = std::ceil(tops.back() / kTallest), height = tops.back() / count;
    std::vector<std::size_t> cuts{0};
    for (double column = 1; column < count; column++) {
      std::size_t best = 0;
      double least = height / 2;
      for (std::size_t row = cuts.back() + 1; row < layout_.rows; row++) {
        const bool is_inside = std::ranges::any_of(
            layout_.frames, [&](const GraphFrame& f) { return f.first < row && row <= f.last; });
        const double cost = std::abs(tops[row] - column * height) + (is_inside ? height / 3 : 0);
        if (cost < least && may_begin(row)) least = cost, best = row;
      }
      if (best > 0) cuts.push_back(best);
    }
    cuts.push_back(layout_.rows);
    return cuts;
  }

  bool is_here(const GraphBox& box) const { return first_ <= box.row && box.row < end_; }

  // Gives everything of a column its place.
  void place(std::size_t first, std::size_t end) {
    first_ = first, end_ = end;
    lane_width_.assign(layout_.lanes, 0);
    const auto widen = [&](std::size_t lane, double width) {
      lane_width_[lane] = std::max(lane_width_[lane], width);
    };
    for (std::size_t box = 0; box < layout_.boxes.size(); box++) {
      if (!is_here(layout_.boxes[box])) continue;
      widen(layout_.boxes[box].lane, std::max(drawn_[box].width, 2 * text_width(shapes_[box]) + 2 * kInside));
    }
    for (const GraphEdge& edge : layout_.edges)
      if (is_here(to(edge))) widen(edge.lane, kPass), widen(from(edge).lane, kPass);
    middles_.clear();
    width_ = kMargin;
    for (const double width : lane_width_) {
      middles_.push_back(width_ + width / 2);
      width_ += width > 0 ? width + kBetweenLanes : 0;
    }
    width_ += kMargin - kBetweenLanes;
    tops_.assign(layout_.rows, 0);
    height_ = first > 0 ? kCircle : 2;
    for (std::size_t row = first; row < end; row++) {
      tops_[row] = height_ + gaps_[row];
      height_ = tops_[row] + heights_[row];
    }
  }

  Place place_of(std::size_t box) const {
    const GraphBox& at = layout_.boxes[box];
    if (!is_here(at)) return {middles_[at.lane], 0, kCircle};
    return {middles_[at.lane], tops_[at.row], tops_[at.row] + drawn_[box].height()};
  }

  std::string column_svg(std::size_t column, std::size_t columns) {
    std::string out;
    for (const GraphFrame& frame : layout_.frames) out += frame_svg(frame);
    std::optional<std::size_t> before, after;  // what comes from the column before, and goes to the next
    for (const GraphEdge& edge : layout_.edges) {
      if (is_here(to(edge))) out += edge_svg(edge);
      if (is_here(to(edge)) && !is_here(from(edge))) before = edge.from;
      if (is_here(from(edge)) && !is_here(to(edge))) after = edge.from;
    }
    for (std::size_t box = 0; box < layout_.boxes.size(); box++)
      if (is_here(layout_.boxes[box])) out += box_svg(box);
    if (before) out += circle_svg(place_of(*before).x, kCircle / 2, column) + shape_svg(*before);
    if (after) {
      const Place place = place_of(*after);
      out += fmt::format(R"(<path class="wire" d="M{:.1f} {:.1f}V{:.1f}"/>)", place.x, place.bottom,
                         height_ + kSizes + 4);
      height_ += kSizes + 4 + kCircle;
      out += circle_svg(place.x, height_ - kCircle / 2, column + 1);
    }
    const std::string part = columns > 1 ? fmt::format(", part {} of {}", column + 1, columns) : "";
    return fmt::format(
        R"(<svg viewBox="0 0 {0:.0f} {1:.0f}" style="width:{0:.0f}px;min-width:{2:.0f}px" role="img" )"
        R"(aria-label="graph of the network{3}">{4}</svg>)"
        "\n",
        width_, height_ + 2, 0.7 * width_, part, out);
  }

  // Where an edge goes down: past the rows between, close to the lanes further in.
  double way_down(const GraphEdge& edge) const {
    const bool passes = edge.lane != from(edge).lane && edge.lane != to(edge).lane;
    return passes ? middles_[edge.lane] - (lane_width_[edge.lane] - kPass) / 2 : middles_[edge.lane];
  }

  // How far to the right a frame's boxes and lines reach.
  double right_of(const GraphFrame& frame) const {
    double right = 0;
    for (const GraphBox& box : layout_.boxes)
      if (frame.first <= box.row && box.row <= frame.last)
        right = std::max(right, middles_[box.lane] + lane_width_[box.lane] / 2);
    for (const GraphEdge& edge : layout_.edges)
      if (is_here(to(edge)) && from(edge).row < frame.last && to(edge).row > frame.first)
        right = std::max(right, way_down(edge) + kPass / 2);
    return right;
  }

  std::string frame_svg(const GraphFrame& frame) const {
    const std::size_t first = std::max(frame.first, first_), last = std::min(frame.last + 1, end_);
    if (first >= last) return "";
    const double top = tops_[first] - kHead - (first == frame.first ? kFrame - 4 : 0);
    return fmt::format(R"(<rect class="frame" x="1" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="8"/>)", top,
                       right_of(frame) + kMargin - 2,
                       tops_[last - 1] + heights_[last - 1] + kSizes - 1 - top) +
           fmt::format(R"(<text class="soft" x="9" y="{:.1f}">{}</text>)", top + 13,
                       escape_html(frame.block));
  }

  // Down, along and down again, to x at y.
  static std::string turn(double from, double to, double y) {
    const double r = std::min(6.0, std::abs(to - from) / 2), side = to > from ? r : -r;
    if (r == 0) return "";
    return fmt::format("V{:.1f}q0 {} {} {}H{:.1f}q{} 0 {} {}", y - r, r, side, r, to - side, side, side, r);
  }

  std::string edge_svg(const GraphEdge& edge) const {
    const Place source = place_of(edge.from), target = place_of(edge.to);
    const double middle = way_down(edge), own = target.x;
    double enter = own, arrive = 0;
    const std::vector<GraphEdge> others = arriving(edge.to);
    for (std::size_t i = 0; i < others.size(); i++) {
      if (others[i].from != edge.from || others[i].lane != edge.lane) continue;
      enter += (middle > own ? kEntry : -kEntry) * static_cast<double>(i + 1);
      arrive = target.top - kHead - kArrive * static_cast<double>(others.size() - i - 1);
    }
    const std::size_t row = from(edge).row;
    const double left = is_here(from(edge)) ? tops_[row] + heights_[row] : kCircle;
    return fmt::format(R"(<path class="wire" d="M{:.1f} {:.1f}{}{}V{:.1f}"/>)", source.x, source.bottom,
                       turn(source.x, middle, left + kSizes + kLeave / 2), turn(middle, enter, arrive),
                       target.top - 3) +
           fmt::format(R"(<path class="head" d="M{:.1f} {:.1f}l-3.5-7h7z"/>)", enter, target.top);
  }

  std::string box_svg(std::size_t box) const {
    const Drawn& drawn = drawn_[box];
    const Place place = place_of(box);
    const double width = drawn.is_end ? drawn.width : lane_width_[layout_.boxes[box].lane],
                 x = place.x - width / 2;
    std::string out = fmt::format(
        R"(<g class="node {}"><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>)",
        drawn.kind, x, place.top, width, place.bottom - place.top, drawn.is_end ? 12 : 4);
    double y = place.top + kLine;
    for (const Line& line : drawn.lines) {
      out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}"><tspan class="op">{}</tspan>)", x + kInside, y,
                         escape_html(line.operators));
      if (!line.layer.empty())
        out += fmt::format(R"(<tspan class="soft" dx="6">{}</tspan>)", escape_html(line.layer));
      out += "</text>";
      if (!line.weight.empty())
        out += fmt::format(R"(<text class="y" x="{:.1f}" y="{:.1f}">{}</text>)", x + width - kInside, y,
                           line.weight);
      y += kLine;
    }
    const bool is_read = std::ranges::find(layout_.edges, box, &GraphEdge::from) != layout_.edges.end();
    return out + "</g>" + (is_read ? shape_svg(box) : "");
  }

  // The sizes of what a box makes, beside the arrow.
  std::string shape_svg(std::size_t box) const {
    const Place place = place_of(box);
    return fmt::format(R"(<text class="soft" x="{:.1f}" y="{:.1f}">{}</text>)", place.x + 5,
                       place.bottom + 13, escape_html(shapes_[box]));
  }

  static std::string circle_svg(double x, double y, std::size_t number) {
    return fmt::format(
        R"(<circle class="wire" cx="{0:.1f}" cy="{1:.1f}" r="8"/><text text-anchor="middle" x="{0:.1f}" y="{2:.1f}">{3}</text>)",
        x, y, y + 4, number);
  }

  GraphLayout layout_;
  std::vector<double> gaps_, heights_;  // by row
  std::vector<Drawn> drawn_;            // by box, as the next
  std::vector<std::string> shapes_;
  // Of the column that is drawn.
  std::size_t first_ = 0, end_ = 0;
  double width_ = 0, height_ = 0;
  std::vector<double> lane_width_, middles_, tops_;
};

}  // namespace

std::string graph_picture(const std::vector<OnnxPart>& parts) {
  return fmt::format("<figure class=\"graph scroll\">\n{}</figure>\n", Drawing(parts).svg());
}

std::string network_picture(Module& net, const Shape& input) {
  try {
    const std::string figure = graph_picture(onnx_outline(net, input));
    const bool goes_on = figure.find("<circle") != std::string::npos;
    return fmt::format(
        "<p>Each operator of the ONNX graph with its layer and the sizes of its weight; those that keep the "
        "sizes of their input share its box. Boxes with filters or a matrix are violet, those where branches "
        "join orange. Along the arrows stand the sizes of the values, for N samples{}.</p>\n{}",
        goes_on ? "; a number in a circle leads to the next column" : "", figure);
  } catch (const Error& error) {
    return fmt::format("<p>There is no picture of this network: {}.</p>\n", escape_html(error.what()));
  }
}

}  // namespace reel::apps
