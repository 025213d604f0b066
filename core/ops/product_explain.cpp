#include <reel/core/ops/product_explain.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/ops/broadcast_explain.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

using Texts = std::vector<std::string>;

// The shapes as if vectors were matrices. Row r of a and column c of b make the element of y that both are
// broadcast to.
class Product {
 public:
  Product(const Explain& e, bool transposed)
      : e_(e), a_(e.input(0).shape()), b_(e.input(1).shape()), k_(a_[-1]), transposed_(transposed) {
    std::vector<Index> sizes(e.output().shape().begin(), e.output().shape().end());
    if (b_.dim() == 1) sizes.push_back(1);
    if (a_.dim() == 1) sizes.insert(sizes.end() - 1, 1);
    y_ = Shape(sizes);
    rows_ = a_.dim() == 1 ? Shape{1, 1} : a_.with(-1, 1);
    columns_ = b_.dim() == 1 ? Shape{1, 1} : (transposed ? Shape{1, b_[0]} : b_.with(-2, 1));
  }

  const Shape& y() const { return y_; }
  const Shape& rows() const { return rows_; }
  const Shape& columns() const { return columns_; }
  Index k() const { return k_; }

  // The k-th element of the row of a and of the column of b that make an element of y.
  Index a_at(Index y, Index k) const { return broadcast_element(rows_, y_, y) * k_ + k; }
  Index b_at(Index y, Index k) const {
    const Index column = broadcast_element(columns_, y_, y), n = columns_[-1];
    return transposed_ ? column * k_ + k : (column / n * k_ + k) * n + column % n;
  }
  // Which column an element of b is in, and where in it.
  Index column_of(Index b) const {
    const Index n = columns_[-1];
    return transposed_ ? b / k_ : b / (k_ * n) * n + b % n;
  }
  Index place_in_column(Index b) const { return transposed_ ? b % k_ : b / columns_[-1] % k_; }

  // Their names, for an index in y() and a place k.
  std::string dy_text(Texts y) const {
    if (a_.dim() == 1) y.erase(y.end() - 2);
    if (b_.dim() == 1) y.pop_back();
    return e_.dy_name() + bracketed(y);
  }
  std::string a_text(const Texts& y, const std::string& k) const {
    Texts index = row_of(y);
    index.push_back(k);
    return e_.x_name(0) + bracketed(index);
  }
  std::string b_text(const Texts& y, const std::string& k) const {
    Texts index = column_of(y);
    if (transposed_) {
      index.push_back(k);
    } else {
      index.insert(b_.dim() == 1 ? index.end() : index.end() - 1, k);
    }
    return e_.x_name(1) + bracketed(index);
  }
  // "row 1 of x", "row 2 of weight", "column 0,2 of b"; a vector by its name.
  std::string row_place(const Texts& y) const { return line("row", row_of(y), e_.x_name(0)); }
  std::string column_place(const Texts& y) const {
    return line(transposed_ ? "row" : "column", column_of(y), e_.x_name(1));
  }
  // Across the rows of b: the line that an element of a meets.
  std::string b_place(Index k) const {
    return b_.dim() == 1 ? fmt::format("element {} of {}", k, e_.x_name(1))
                         : fmt::format("{} {} of {}", transposed_ ? "column" : "row", k, e_.x_name(1));
  }
  std::string a_place(Index k) const {
    return fmt::format("{} {} of {}", a_.dim() == 1 ? "element" : "column", k, e_.x_name(0));
  }

 private:
  // Without the place in the line.
  Texts row_of(const Texts& y) const {
    if (a_.dim() == 1) return {};
    Texts index = broadcast_index(rows_, y);
    index.pop_back();
    return index;
  }
  Texts column_of(const Texts& y) const {
    if (b_.dim() == 1) return {};
    Texts index = broadcast_index(columns_, y);
    index.erase(index.end() - 2);
    return index;
  }
  static std::string line(std::string_view kind, const Texts& index, const std::string& name) {
    return index.empty() ? name : fmt::format("{} {} of {}", kind, fmt::join(index, ","), name);
  }

  const Explain& e_;
  Shape a_, b_;
  Index k_;
  bool transposed_;
  Shape y_, rows_, columns_;  // [..,M,N], [..,M,1], [..,1,N]
};

void explain_value(Explain& e, const Product& p) {
  const Texts index = index_texts(p.y(), e.element());
  const bool has_bias = e.inputs() > 2;
  const Index out = e.element() % p.y()[-1];
  e.rule(fmt::format("{} · {}{}{}", p.row_place(index), p.column_place(index), has_bias ? " + " : "",
                     has_bias ? e.x_name(2) : ""),
         fmt::format("sum over k of {} * {}{}", p.a_text(index, "k"), p.b_text(index, "k"),
                     has_bias ? fmt::format(" + {}[{}]", e.x_name(2), out) : ""),
         {"k"});
  for (Index k = 0; k < p.k(); k++) {
    e.term({k}, e.x(0, p.a_at(e.element(), k)), e.x(1, p.b_at(e.element(), k)));
  }
  if (has_bias) e.term({}, e.x(2, out), Explain::number(1), "bias");
}

// What each element of y takes from an element of a is an element of b.
void explain_left(Explain& e, const Product& p) {
  const Index k = e.element() % p.k();
  const Repeats dy(p.rows(), p.y(), e.element() / p.k());
  e.rule(fmt::format("{} · {}", p.dy_text(dy.index()), p.b_place(k)),
         sum_text(dy.loop(),
                  fmt::format("{} * {}", p.dy_text(dy.index()), p.b_text(dy.index(), std::to_string(k)))),
         dy.loop());
  dy.for_each([&](std::span<const Index> loop, Index y) { e.term(loop, e.dy(y), e.x(1, p.b_at(y, k))); });
}

void explain_right(Explain& e, const Product& p) {
  const Index k = p.place_in_column(e.element());
  const Repeats dy(p.columns(), p.y(), p.column_of(e.element()));
  e.rule(fmt::format("{} · {}", p.dy_text(dy.index()), p.a_place(k)),
         sum_text(dy.loop(),
                  fmt::format("{} * {}", p.dy_text(dy.index()), p.a_text(dy.index(), std::to_string(k)))),
         dy.loop());
  dy.for_each([&](std::span<const Index> loop, Index y) { e.term(loop, e.dy(y), e.x(0, p.a_at(y, k))); });
}

}  // namespace

void explain_product(Explain& e, bool transposed) {
  const Product product(e, transposed);
  if (e.of_output()) return explain_value(e, product);
  if (e.of_input() == 0) return explain_left(e, product);
  if (e.of_input() == 1) return explain_right(e, product);
  explain_sum_of_dy(e, e.shape(), fmt::format("output {}", e.element()));
}

}  // namespace reel::inline REEL_PRECISION::detail
