// What is said of a number that is a function of one other, and of its gradient.
#include <utility>

#include <fmt/format.h>

#include <reel/core/formula/detail/explain.h>
#include <reel/core/formula/function.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {

void explain_function(Explain& e, const ComputedFunction& f) {
  const Index i = e.element();
  const std::string place = index_text(e.shape(), i), x_text = e.x_name(0) + place;
  e.rule("", e.of_output() ? fmt::format("{}({})", f.name, x_text)
                           : fmt::format("{}{} * {}'({})", e.dy_name(), place, f.name, x_text));
  const Scalar x = e.input(0).data()[i];
  if (e.of_output() && !f.words.is_gate) {
    e.term({}, Explain::number(f.value(x), f.name), Explain::number(1),
           fmt::format("{}({})", f.name, number_text(x)));
    return;
  }
  const Factor passed = e.of_output() ? e.x(0, i) : e.dy(i);
  // Some functions hold back an infinite gradient where the slope is 0, others multiply: that is NaN.
  const Scalar slope = f.gradient(x, 1), whole = f.gradient(x, static_cast<Scalar>(passed.value));
  const bool is_held_back = slope == 0 && whole == 0;
  const std::string note = !f.words.is_gate ? say("{} at x = {}", f.words.derivative, number_text(x))
                           : is_held_back   ? say("{} off ({} = {})", f.name, e.x_name(0), number_text(x))
                                            : say("{} on ({} = {})", f.name, e.x_name(0), number_text(x));
  const std::string name = e.of_output() ? "" : f.name + "'";
  is_held_back ? e.left_out({}, passed, note, name) : e.term({}, passed, Explain::number(slope, name), note);
}

ComputedFunction by_its_words(std::string name, const OpFacts& facts) {
  const FunctionText& words = facts.function.value();
  const auto value = [says = parse_function(words.value, facts.constants())](Scalar x) {
    return static_cast<Scalar>(evaluate(says, static_cast<double>(x)));
  };
  const auto gradient = [says = parse_function(words.derivative, facts.constants(), {"x", "y"}), value](
                            Scalar x, Scalar dy) {
    return dy * static_cast<Scalar>(evaluate(says, static_cast<double>(x), static_cast<double>(value(x))));
  };
  return {std::move(name), words, value, gradient};
}

}  // namespace reel::inline REEL_PRECISION
