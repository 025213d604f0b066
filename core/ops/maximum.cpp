// The larger and the smaller of two numbers, element by element.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

// maximum or minimum.
class ExtremumOp final : public Op {
 public:
  ExtremumOp(bool largest, const Shape& a, const Shape& b) : largest_(largest), shapes_{a, b} {}

  std::string_view name() const override { return largest_ ? "maximum" : "minimum"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return elementwise(largest_ ? Binary::kMaximum : Binary::kMinimum, inputs[0], inputs[1]);
  }

  void backward(BackwardPass& pass) override {
    for (std::size_t i = 0; i < 2; i++) {
      if (!pass.wants(i)) continue;
      const Tensor &own = pass.input(i), &other = pass.input(1 - i);
      const Tensor share =
          largest_ ? elementwise(Binary::kShare, own, other) : elementwise(Binary::kShare, other, own);
      pass.add(i, sum_to(elementwise(Binary::kPassed, pass.dy(), share), shapes_[i]));
    }
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.reads = {reads_elementwise(inputs[0], output), reads_elementwise(inputs[1], output)},
            .choices = [](std::span<const Tensor> x) { return choices(x); },
            .in_onnx =
                [this] {
                  return onnx::Operator{largest_ ? "Max" : "Min", onnx::inputs(2)};
                }};
  }

 private:
  // Which of two is larger, at each place.
  static std::vector<Index> choices(std::span<const Tensor> inputs) {
    const Tensor a_share = elementwise(Binary::kShare, inputs[0], inputs[1]);
    std::vector<Index> sides;
    for (const Scalar share : a_share.values()) sides.push_back(static_cast<Index>(2 * share));
    return sides;
  }

  // Whether x is taken rather than y.
  bool beats(double x, double y) const { return largest_ ? x > y : x < y; }

  // Of input i, at a place of the output.
  Factor factor(const Explain& e, std::size_t i, Index place) const {
    return e.x(i, detail::broadcast_element(shapes_[i], e.output().shape(), place));
  }
  std::string text(const Explain& e, const Factor& x) const {
    return e.x_name(x.input) + index_text(shapes_[x.input], x.index);
  }

  // Of equals the second.
  void explain_value(Explain& e) const {
    const std::array<Factor, 2> x{factor(e, 0, e.element()), factor(e, 1, e.element())};
    const std::size_t taken = beats(x[0].value, x[1].value) || std::isnan(x[0].value) ? 0 : 1;
    const bool equal = x[0].value == x[1].value;
    e.rule("", fmt::format("{}({}, {})", name(), text(e, x[0]), text(e, x[1])));
    for (std::size_t i = 0; i < 2; i++) {
      if (i == taken) {
        e.term({}, x[i], Explain::number(1), note(equal, std::isnan(x[i].value)));
      } else {
        e.left_out({}, x[i], in_own_words(equal ? "equal" : largest_ ? "not the larger" : "not the smaller"));
      }
    }
  }

  std::string_view note(bool equal, bool nan) const {
    if (nan && !equal) return "NaN";
    return in_own_words(equal ? "equal" : largest_ ? "the larger" : "the smaller");
  }

  // The sum over all places to which the element is broadcast.
  void explain_gradient(Explain& e) const {
    const std::size_t own = e.of_input(), other = 1 - own;
    const detail::Repeats dy(shapes_[own], e.dy().shape(), e.element());
    const auto name_at = [&](std::size_t i) {
      return e.x_name(i) + bracketed(detail::broadcast_index(shapes_[i], dy.index()));
    };
    const std::string sum = detail::sum_text(dy.loop(), e.dy_name() + dy.text());
    e.rule(
        "",
        largest_
            ? say("{}, where {} is the larger; half where it equals {}", sum, name_at(own), name_at(other))
            : say("{}, where {} is the smaller; half where it equals {}", sum, name_at(own), name_at(other)),
        dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index place) {
      const Factor x = factor(e, own, place), rival = factor(e, other, place);
      if (beats(rival.value, x.value)) {
        return e.left_out(loop, e.dy(place),
                          largest_ ? say("{} = {:g} is larger", text(e, rival), rival.value)
                                   : say("{} = {:g} is smaller", text(e, rival), rival.value));
      }
      const bool equal = x.value == rival.value;
      const bool nan = std::isnan(x.value) || std::isnan(rival.value);
      e.term(loop, e.dy(place), Explain::number(equal ? 0.5 : 1), note(equal, nan));
    });
  }

  bool largest_;
  std::array<Shape, 2> shapes_;
};

Var extremum(bool largest, Operand a, Var b) {
  const Call call(largest ? "maximum" : "minimum", a.where);
  const Shape &left = call.shape(a), &right = call.shape(b);
  const Shape result = broadcast_shape(call, left, right);
  return call.record(std::make_unique<ExtremumOp>(largest, left, right), result, {a, b});
}

}  // namespace

Var maximum(Operand a, Var b) { return extremum(true, a, b); }
Var minimum(Operand a, Var b) { return extremum(false, a, b); }
Var maximum(Operand a, Scalar b) { return maximum(a, constant("maximum", a, b)); }
Var minimum(Operand a, Scalar b) { return minimum(a, constant("minimum", a, b)); }

}  // namespace reel::inline REEL_PRECISION
