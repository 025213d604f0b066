// `matmul`: the matrices W, X and Y of a 1x1 convolution, and how one number comes from them.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/inspect/terminal/detail/window.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kShownFactor = 16;
constexpr std::size_t kMatrixIndent = 4;  // of the matrices

// The matrices of image 0, element by element: nothing is copied.
class Product {
 public:
  Product(const Trace& trace, std::size_t node)
      : node_(trace.nodes()[node]),
        y_(trace.value(node)),
        x_(trace.value(node_.inputs[0])),
        w_(trace.value(node_.inputs[1])),
        reads_(node_.reads[0]) {
    if (node_.inputs.size() > 2) bias_ = trace.value(node_.inputs[2]);
  }

  Index out() const { return y_.size(1); }
  Index in() const { return x_.size(1); }
  Index pixels() const { return y_.size(2) * y_.size(3); }
  bool has_bias() const { return bias_.defined(); }

  double y(Index o, Index k) const { return y_.data()[o * pixels() + k]; }
  double b(Index o) const { return bias_.data()[o]; }
  double w(Index o, Index c) const {
    const Index group_in = w_.size(1), group_out = out() / (in() / group_in);
    return o / group_out == c / group_in ? w_.data()[o * group_in + c % group_in] : 0;
  }
  double x(Index c, Index k) const {
    const Index row = k / y_.size(3) * reads_.window.stride.h + reads_.start.h;
    const Index column = k % y_.size(3) * reads_.window.stride.w + reads_.start.w;
    if (row < 0 || row >= x_.size(2) || column < 0 || column >= x_.size(3)) return 0;
    return x_.data()[(c * x_.size(2) + row) * x_.size(3) + column];
  }
  // "(0,1)"
  std::string pixel(Index k) const { return fmt::format("({},{})", k / y_.size(3), k % y_.size(3)); }

 private:
  const TraceNode& node_;
  const Tensor y_, x_, w_;
  Tensor bias_;
  const Reads& reads_;
};

// What is shown of one of the matrices.
struct Matrix {
  std::string name;  // "W = v"
  Index rows, columns;
  std::vector<std::vector<double>> numbers = {};
  std::vector<std::vector<std::string>> texts = {};

  template <class F>
  Matrix(std::string called, Index row_count, Index column_count, F&& at)
      : name(std::move(called)), rows(row_count), columns(column_count) {
    for (Index r = 0; r < std::min(rows, kShownFactor); r++) {
      auto& row = texts.emplace_back();
      auto& row_numbers = numbers.emplace_back();
      for (Index c = 0; c < std::min(columns, kShownFactor); c++) {
        row.push_back(number_text(at(r, c)));
        row_numbers.push_back(at(r, c));
      }
    }
  }

  std::string text(std::string_view remark, std::size_t width) const {
    std::string head = fmt::format("  {} [{},{}]{}", name, rows, columns, remark);
    if (rows > kShownFactor || columns > kShownFactor) {
      head += say(", shown are {} of {} rows and {} of {} columns", std::min(rows, kShownFactor), rows,
                  std::min(columns, kShownFactor), columns);
    }
    return head + "\n" + beside({{grid(texts, room_behind(kMatrixIndent, width))}}, kMatrixIndent);
  }
};

// "Y[0,1] = 0.5*0 + 1*4 + 0 = 4", of few channels.
std::string sum_line(const Product& p) {
  if (p.in() > kShownFactor || p.out() == 0 || p.pixels() == 0) return "";
  std::string text;
  for (Index c = 0; c < p.in(); c++) {
    text += fmt::format("{}{} * {}", c == 0 ? "" : " + ", number_text(p.w(0, c)), number_text(p.x(c, 0)));
  }
  if (p.has_bias()) text += " + " + number_text(p.b(0));
  return fmt::format("  Y[0,0] = {} = {}\n", text, number_text(p.y(0, 0)));
}

std::string pixels_text(const Product& p) {
  std::string text;
  for (Index k = 0; k < std::min(p.pixels(), kShownFactor); k++) {
    text += fmt::format("{}{}", k == 0 ? "" : " ", p.pixel(k));
  }
  return text + (p.pixels() > kShownFactor ? say(" and {} more", p.pixels() - kShownFactor) : "");
}

void check_pointwise(const Trace& trace, std::size_t node) {
  const TraceNode& info = trace.nodes()[node];
  const bool convolution = is_convolution(trace, node);
  if (convolution && info.reads[0].window.kernel == 1) return;
  if (convolution) {
    const Size2 kernel = info.reads[0].window.kernel;
    throw Error(say(
        "matmul: {} has a {}x{} kernel; a convolution with a 1x1 kernel is one matrix product for all pixels",
        info.name, kernel.h, kernel.w));
  }
  throw Error(
      say("matmul: {} comes from {}; a convolution with a 1x1 kernel is one matrix product for all pixels",
          info.name, op_kind_text(info)));
}

}  // namespace

Answer matmul_view(const Trace& trace, std::size_t node, std::size_t width) {
  (void)trace.op(node);  // an Error where there is no such node
  const TraceNode& info = trace.nodes()[node];
  check_pointwise(trace, node);
  const auto input = [&](std::size_t i) { return trace.nodes()[info.inputs[i]].name; };
  const Product p(trace, node);
  const Matrix w("W = " + input(1), p.out(), p.in(), [&](Index o, Index c) { return p.w(o, c); });
  const Matrix x(fmt::format("X = {}[0]", input(0)), p.in(), p.pixels(),
                 [&](Index c, Index k) { return p.x(c, k); });
  const Matrix y(fmt::format("Y = {}[0]", info.name), p.out(), p.pixels(),
                 [&](Index o, Index k) { return p.y(o, k); });
  std::string text =
      say("matmul {}: Y = W X{}, image 0 of {}\n", info.name, p.has_bias() ? " + b" : "", info.shape[0]);
  text += say("  columns of X and Y are the pixels (row,column): {}\n", pixels_text(p));
  text += w.text(say(": a row for each output channel, a column for each input channel"), width);
  text += x.text(say(": a row for each input channel"), width);
  Json data = {{"name", info.name}, {"image", 0}, {"w", w.numbers}, {"x", x.numbers}, {"y", y.numbers}};
  if (p.has_bias()) {
    const Matrix b("b = " + input(2), p.out(), 1, [&](Index o, Index) { return p.b(o); });
    text += b.text(say(": added to every column"), width);
    data.add({{"b", b.numbers}});
  }
  return {text + y.text("", width) + sum_line(p), data};
}

}  // namespace reel::inline REEL_PRECISION::inspect
