// The terms of y, and of the gradients of x, weight and bias, by sums over a group.
#include <reel/core/ops/detail/normalization_explain.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

class NormalizationTerms {
 public:
  NormalizationTerms(Explain& e, const Normalization& n) : e_(e), n_(n), x_(e.input(0).shape()) {}

  void value() const {
    const Index i = e_.element(), group = group_of(i), affine = broadcast_element(n_.affine, x_, i);
    const bool has_bias = e_.inputs() > 2;
    const Texts index = index_texts(x_, i);
    e_.rule("", fmt::format("xhat{}{}, {}", times_weight(index),
                            has_bias ? " + " + affine_text(2, index) : "", xhat_text(index)));
    e_.term({}, Explain::number(xhat(i), "xhat"), weight(i),
            fmt::format("xhat = (x - {:g}) / {:g}", mean(group), 1 / inverse_deviation(group)));
    if (has_bias) e_.term({}, e_.x(2, affine), Explain::number(1), in_own_words("bias"));
  }

  // Ioffe and Szegedy, section 3: x reaches the loss by three ways. Each has terms of its own, for where they
  // cancel, as they do for two elements, rounding would be all that is left.
  void input_gradient() const {
    const Index i = e_.element(), group = group_of(i);
    const double scale = inverse_deviation(group);
    const Texts index = index_texts(x_, i);
    const std::string direct = e_.dy_name() + bracketed(index) + times_weight(index);
    const Repeats along(n_.groups, x_, group);
    if (n_.own_statistics) {
      const Index count = along.count();
      const std::string each =
          fmt::format("{}{}{} * (1 + xhat{} * xhat{}) / {}", e_.dy_name(), along.text(),
                      times_weight(along.index()), bracketed(index), along.text(), count);
      e_.rule("",
              fmt::format("({} - {}) / deviation, {}", direct, sum_text(along.loop(), each),
                          xhat_text(along.index())),
              along.loop());
    } else {
      e_.rule("", direct + " / deviation");
    }
    e_.term({}, e_.dy(i), Explain::number(weight(i).value * scale),
            e_.inputs() > 1 ? "weight / deviation" : "1 / deviation");
    if (n_.own_statistics) through_statistics(along, i, scale);
  }

  void weight_gradient() const {
    const Repeats dy(n_.affine, x_, e_.element());
    e_.rule("",
            fmt::format("{}, {}",
                        sum_text(dy.loop(), fmt::format("{}{} * xhat{}", e_.dy_name(), dy.text(), dy.text())),
                        xhat_text(dy.index())),
            dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index i) {
      e_.term(loop, e_.dy(i), Explain::number(xhat(i), "xhat"), "xhat");
    });
  }

  void bias_gradient() const {
    const Repeats dy(n_.affine, x_, e_.element());
    e_.rule("", sum_text(dy.loop(), e_.dy_name() + dy.text()), dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index i) { e_.term(loop, e_.dy(i), Explain::number(1)); });
  }

 private:
  using Texts = std::vector<std::string>;

  void through_statistics(const Repeats& along, Index i, double scale) const {
    const double share = -scale / static_cast<double>(along.count()), own = xhat(i);
    along.for_each([&](std::span<const Index> loop, Index k) {
      const double g = weight(k).value * share;
      e_.term(loop, e_.dy(k), Explain::number(g), in_own_words("through the mean"));
      e_.term(loop, e_.dy(k), Explain::number(g * own * xhat(k)), in_own_words("through the deviation"));
    });
  }

  double mean(Index group) const { return static_cast<double>(n_.mean.data()[group]); }
  double inverse_deviation(Index group) const {
    return static_cast<double>(n_.inverse_deviation.data()[group]);
  }
  Index group_of(Index i) const { return broadcast_element(n_.groups, x_, i); }
  double xhat(Index i) const {
    const Index group = group_of(i);
    return (e_.x(0, i).value - mean(group)) * inverse_deviation(group);
  }
  Factor weight(Index i) const {
    return e_.inputs() > 1 ? e_.x(1, broadcast_element(n_.affine, x_, i)) : Explain::number(1);
  }

  // "weight[1]", "bias[2,0]": dimensions of [C,1,1] that the tensor itself lacks are left out.
  std::string affine_text(std::size_t input, const Texts& index) const {
    Texts own = broadcast_index(n_.affine, index);
    own.resize(static_cast<std::size_t>(e_.input(input).dim()));
    return e_.x_name(input) + bracketed(own);
  }
  std::string times_weight(const Texts& index) const {
    return e_.inputs() > 1 ? " * " + affine_text(1, index) : "";
  }
  std::string xhat_text(const Texts& index) const {
    return fmt::format("xhat = ({}{} - mean) / deviation", e_.x_name(0), bracketed(index));
  }

  Explain& e_;
  const Normalization& n_;
  const Shape& x_;
};

}  // namespace

void explain_normalization(Explain& e, const Normalization& n) {
  const NormalizationTerms terms(e, n);
  if (e.of_output()) return terms.value();
  if (e.of_input() == 0) return terms.input_gradient();
  if (e.of_input() == 1) return terms.weight_gradient();
  terms.bias_gradient();
}

}  // namespace reel::inline REEL_PRECISION::detail
