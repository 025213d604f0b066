#include "step/lesson_picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/inspect/detail/receptive_field.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>
#include <reel/core/text/detail/escape.h>
#include <reel/core/text/detail/number.h>

namespace reel::apps {
namespace {

using inspect::ElementRef;
using inspect::Trace;

// A tensor with the elements that are framed in it.
struct Figure {
  std::string name;
  Tensor tensor;
  std::set<Index> framed = {};
};

// ---- What is shown.

// "window z[0,0,0,0]" opens at a number, "matmul y" at the first of a tensor, "cost" at the first that an op computes.
ElementRef number_of(const Lesson& lesson, const Trace& trace) {
  const std::string name = lesson.start.substr(lesson.start.rfind(' ') + 1);
  if (name.ends_with(']')) return inspect::parse_element(trace, name);
  if (lesson.start.find(' ') != std::string::npos) return {inspect::parse_tensor(trace, name)};
  std::size_t node = 0;
  while (!trace.op(node)) node++;
  return {{node}};
}

Tensor tensor_of(const Trace& trace, const ElementRef& number) {
  return number.gradient ? trace.grad(number.node) : trace.value(number.node);
}

// Finds the tensors whose elements are the factors of a number's terms, in the order in which they come.
class Factors {
 public:
  explicit Factors(const Trace& trace) : trace_(trace) {}

  void add(const ElementRef& number) {
    if (!number.gradient) return add_event(trace_.value_event(number.node), number.element);
    for (const std::size_t event : trace_.grad_events(number.node)) add_event(event, number.element);
  }
  const std::vector<Figure>& figures() const { return figures_; }

 private:
  void add_event(std::size_t event, Index element) {
    const std::size_t op = trace_.events()[event].op;
    trace_.explain(event, element, [&](const Term& term) {
      add_factor(op, term.a);
      add_factor(op, term.b);
    });
  }

  void add_factor(std::size_t op, const Factor& factor) {
    if (factor.of == Factor::Of::kNumber) return;
    const bool gradient = factor.of == Factor::Of::kOutputGradient;
    const std::size_t node = factor.of == Factor::Of::kInput ? trace_.nodes()[op].inputs[factor.input] : op;
    const auto [found, is_new] = at_.try_emplace({node, gradient}, figures_.size());
    if (is_new) {
      const std::string& name = trace_.nodes()[node].name;
      figures_.push_back(
          {gradient ? gradient_name(name) : name, gradient ? trace_.dy_of(node) : trace_.value(node)});
    }
    figures_[found->second].framed.insert(factor.index);
  }

  const Trace& trace_;
  std::map<std::pair<std::size_t, bool>, std::size_t> at_;  // of a node's value or gradient its figure
  std::vector<Figure> figures_;
};

// The images on the way to a number, each with the pixels that it depends on.
std::vector<Figure> field_figures(const Trace& trace, const ElementRef& number) {
  std::vector<inspect::FieldNode> nodes;
  for (const inspect::TraceNode& node : trace.nodes()) nodes.push_back({node.shape, node.inputs, node.reads});
  const inspect::ReceptiveFields fields = inspect::receptive_fields(nodes, number.node, number.element);
  std::vector<Figure> figures;
  for (std::size_t node = 0; node < number.node; node++) {
    const auto& field = fields.of[node];
    if (!field || field->kind != inspect::Field::Kind::kPixels) continue;
    Figure figure{trace.nodes()[node].name, trace.value(node)};
    for (Index row = field->rows.first; row <= field->rows.last; row++) {
      for (Index column = field->columns.first; column <= field->columns.last; column++)
        figure.framed.insert(row * figure.tensor.shape()[-1] + column);
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

// ---- How it is drawn.

constexpr double kTallest = 104, kWidest = 104, kLargestCell = 26,
                 kSmallestFrame = 8;        // of a tensor; of its cells
constexpr double kTop = 18, kBetween = 22;  // above the tensors, and from one to the next
constexpr Index kMostPlanes = 3;            // of a tensor that are drawn
constexpr int kLevels = 6;                  // strengths of a colour
constexpr std::size_t kMostDigits = 4;
constexpr double kLetter = 6.8;  // of a name, its width

// A square at (x, y) as part of a path.
std::string square(double x, double y, double side) {
  return fmt::format("M{0:.1f} {1:.1f}h{2:.1f}v{2:.1f}h-{2:.1f}z", x, y, side);
}

class Drawing {
 public:
  void figure(const Figure& figure, std::string_view kind) {
    const Shape& shape = figure.tensor.shape();
    rows_ = shape.dim() > 1 ? shape[-2] : 1;
    columns_ = shape.dim() > 0 ? shape[-1] : 1;
    std::set<Index> planes;
    for (const Index element : figure.framed) planes.insert(element / (rows_ * columns_));
    const auto drawn = std::min(kMostPlanes, static_cast<Index>(planes.size()));
    const double all_rows = static_cast<double>(rows_ * drawn) + 0.3 * static_cast<double>(drawn - 1);
    cell_ = std::min({kLargestCell, kTallest / all_rows, kWidest / static_cast<double>(columns_)});
    y_ = kTop + (kTallest - all_rows * cell_) / 2;
    out_ += fmt::format(R"(<text class="name" x="{:.1f}" y="{:.1f}">{}</text>)", x_, y_ - 5,
                        escape_html(figure.name));
    Index left = drawn;
    for (const Index plane : planes) {
      if (left-- == 0) break;
      draw_plane(figure, plane * rows_ * columns_, kind);
      y_ += (static_cast<double>(rows_) + 0.3) * cell_;
    }
    const double name = kLetter * static_cast<double>(figure.name.size());
    x_ += std::max(name, static_cast<double>(columns_) * cell_) + kBetween;
  }

  void arrow() {
    const double y = kTop + kTallest / 2;
    out_ += fmt::format(R"(<path class="arrow" d="M{:.1f} {:.1f}h18m-5-4l5 4l-5 4"/>)", x_ - 10, y);
    x_ += kBetween;
  }

  std::string svg(const std::string& label) const {
    return fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>)",
                       x_ - kBetween + 2, kTop + kTallest + 2, escape_html(label), out_);
  }

 private:
  double x_of(Index column) const { return x_ + static_cast<double>(column) * cell_; }
  double y_of(Index row) const { return y_ + static_cast<double>(row) * cell_; }
  bool is_fine() const { return cell_ < kSmallestFrame; }

  void draw_plane(const Figure& figure, Index first, std::string_view kind) {
    out_ += fmt::format(R"(<rect class="plane" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", x_,
                        y_, static_cast<double>(columns_) * cell_, static_cast<double>(rows_) * cell_);
    draw_cells(figure.tensor, first);
    draw_numbers(figure.tensor, first);
    draw_frames(figure.framed, first, kind);
  }

  // Cells of one strength are one path: an image has hundreds.
  void draw_cells(const Tensor& tensor, Index first) {
    const auto values = tensor.values();
    double largest = 0;
    for (const Scalar v : values) largest = std::max(largest, std::abs(static_cast<double>(v)));
    std::map<int, std::string> of_level;
    for (Index i = 0; i < rows_ * columns_; i++) {
      const double value = static_cast<double>(values[static_cast<std::size_t>(first + i)]);
      const int level = largest > 0 ? static_cast<int>(std::lround(kLevels * value / largest)) : 0;
      const double gap = is_fine() ? 0 : 1;
      if (level != 0)
        of_level[level] += square(x_of(i % columns_) + gap, y_of(i / columns_) + gap, cell_ - 2 * gap);
    }
    for (const auto& [level, path] : of_level) {
      out_ += fmt::format(R"(<path class="{}{}" style="--m:{:.2f}" d="{}"/>)", is_fine() ? "fine " : "",
                          level > 0 ? "pos" : "neg", std::abs(level) / static_cast<double>(kLevels), path);
    }
  }

  // Where they fit into their cells.
  void draw_numbers(const Tensor& tensor, Index first) {
    std::vector<std::string> texts;
    std::size_t longest = 0;
    for (Index i = 0; i < rows_ * columns_; i++) {
      texts.push_back(number_text(static_cast<double>(tensor.values()[static_cast<std::size_t>(first + i)])));
      longest = std::max(longest, texts.back().size());
    }
    const double size =
        std::min(12.0, 1.5 * (cell_ - 3) / static_cast<double>(std::max(longest, std::size_t{2})));
    if (longest > kMostDigits || size < 8) return;
    for (Index i = 0; i < rows_ * columns_; i++) {
      out_ +=
          fmt::format(R"(<text class="number" style="font-size:{:.1f}px" x="{:.1f}" y="{:.1f}">{}</text>)",
                      size, x_of(i % columns_) + cell_ / 2, y_of(i / columns_) + cell_ / 2 + 0.36 * size,
                      texts[static_cast<std::size_t>(i)]);
    }
  }

  // Around each element, or of small ones around all.
  void draw_frames(const std::set<Index>& framed, Index first, std::string_view kind) {
    std::string path;
    Index top = rows_, bottom = -1, left = columns_, right = -1;
    for (const Index element : framed) {
      const Index i = element - first;
      if (i < 0 || i >= rows_ * columns_) continue;
      const Index row = i / columns_, column = i % columns_;
      top = std::min(top, row), bottom = std::max(bottom, row);
      left = std::min(left, column), right = std::max(right, column);
      path += square(x_of(column) + 1, y_of(row) + 1, cell_ - 2);
    }
    if (is_fine()) {
      path = fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}z", x_of(left) - 1, y_of(top) - 1,
                         x_of(right + 1) + 1, y_of(bottom + 1) + 1, x_of(left) - 1);
    }
    out_ += fmt::format(R"(<path class="{}" d="{}"/>)", kind, path);
  }

  std::string out_;
  double x_ = 2;
  // Of the tensor that is drawn.
  Index rows_ = 0, columns_ = 0;
  double cell_ = 0, y_ = 0;
};

}  // namespace

std::string picture_of(const Lesson& lesson, const Scene& scene) {
  const Trace trace(scene.tape(), scene.loss());
  const ElementRef number = number_of(lesson, trace);
  std::vector<Figure> from;
  if (lesson.start.starts_with("rf ")) {
    from = field_figures(trace, number);
  } else {
    Factors factors(trace);
    factors.add(number);
    from = factors.figures();
  }
  Drawing drawing;
  for (const Figure& figure : from) drawing.figure(figure, "read");
  drawing.arrow();
  const Tensor tensor = tensor_of(trace, number);
  drawing.figure({inspect::text_of(trace, inspect::TensorRef(number)), tensor, {number.element}}, "made");
  const double value = static_cast<double>(tensor.values()[static_cast<std::size_t>(number.element)]);
  return drawing.svg(fmt::format("{} = {}", inspect::text_of(trace, number), number_text(value, 3)));
}

}  // namespace reel::apps
