// A formula's answer to the question of one number: its terms, and the sentence before them.
#include <reel/core/formula/detail/explain.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/explain.h>
#include <reel/core/formula/detail/solution.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {

namespace formula {
namespace {

// Whether one index says where an element stands in a tensor of several dimensions, or of none.
bool is_flat(const Access& access, const Shape& shape) { return access.size() == 1 && shape.dim() != 1; }

// Row-major; none where an index is out of range.
std::optional<Index> element_of(const Access& access, const Shape& tensor, std::span<const Index> loops) {
  const Shape shape = is_flat(access, tensor) ? Shape{tensor.numel()} : tensor;
  Index element = 0;
  for (std::size_t d = 0; d < access.size(); d++) {
    const Index size = shape[static_cast<Index>(d)], i = value_of(access[d], loops);
    if (i < 0 || i >= size) return std::nullopt;
    element = element * size + i;
  }
  return element;
}

// A summand in one of whose tensors the element stands that is asked for.
struct Asked {
  const Summand& summand;
  const IndexedInput* of;  // none where an element of the result is asked for
  Solution solution;
  Tensor mask;
};

class NumberAnswer {
 public:
  NumberAnswer(Explain& explain, const Formula& formula) : e_(explain), f_(formula) {
    for (Index d = 0; d < e_.shape().dim(); d++) index_.push_back(e_.at(d));
    for (const Summand& summand : f_.summands) {
      if (e_.of_output()) ask(summand, nullptr);
      for (const IndexedInput& factor : summand.factors) {
        if (!e_.of_output() && factor.input == e_.of_input()) ask(summand, &factor);
      }
    }
  }

  void give() {
    if (asked_.empty()) return nothing();
    e_.rule(place(), text(), loop());
    for (const Asked& asked : asked_) {
      asked.solution.for_each([&](std::span<const Index> place, std::span<const Index> all) {
        if (weight(asked.summand.scale, all) != 0) term(asked, place, all);
      });
    }
  }

 private:
  void ask(const Summand& summand, const IndexedInput* factor) {
    const Access& access = factor ? factor->at : summand.result;
    const bool flat = is_flat(access, e_.shape());
    const Index element = e_.element();
    auto solution =
        Solution::at(f_, summand, access, flat ? std::span(&element, 1) : std::span<const Index>(index_));
    if (!solution) return;
    asked_.push_back(
        {summand, factor, std::move(*solution), summand.scale.mask ? summand.scale.mask() : Tensor()});
    const Tensor& mask = asked_.back().mask;
    if (!mask.defined() || mask.shape() == e_.output().shape()) return;
    throw Error(
        fmt::format("the mask of its formula is {}, its result {}", mask.shape(), e_.output().shape()));
  }

  // An element that no summand stands at.
  void nothing() const {
    if (e_.of_output()) {
      const std::string_view note = in_own_words(f_.elsewhere_note);
      e_.rule(std::string(note), fmt::format("{:g}", f_.elsewhere));
      e_.term({}, Explain::number(f_.elsewhere), Explain::number(1), note);
    } else {
      e_.rule("", say("0, for no element of {} reads it", e_.y_name()));
      e_.left_out({}, Explain::number(0), in_own_words("not read"));
    }
  }

  // ---- Words.

  std::vector<std::string> loop() const {
    for (const Asked& asked : asked_) {
      if (!asked.solution.free().empty()) return asked.solution.free_names();
    }
    return {};
  }

  // "image 0, output channel 1, row 2, column 3"
  std::string place() const {
    const std::size_t tensor = e_.of_output() ? 0 : 1 + e_.of_input();
    if (tensor >= f_.places.size() || f_.places[tensor].text.empty()) return place_of_lines();
    auto [pattern, numbers] = f_.places[tensor];
    std::string text(in_own_words(pattern));
    if (numbers.empty()) numbers.assign(index_.begin(), index_.end());
    for (std::size_t d = 0; d < numbers.size(); d++) {
      const std::string mark = fmt::format("{{{}}}", d);
      for (std::size_t at; (at = text.find(mark)) != std::string::npos;)
        text.replace(at, mark.size(), asked_.front().solution.text(numbers[d]));
    }
    return text;
  }

  // "row 1 of x · column 2 of w + b", where two lines are multiplied; "of 12 elements" of a sum.
  std::string place_of_lines() const {
    const Asked& first = asked_.front();
    const std::size_t free = first.solution.free().size();
    if (free == 1 && first.summand.factors.size() == 2) {
      std::string text;
      if (first.of) text = line(e_.dy_name(), first.summand.result);
      for (const IndexedInput& factor : first.summand.factors) {
        if (&factor != first.of)
          text += (text.empty() ? "" : " · ") + line(e_.x_name(factor.input), factor.at);
      }
      for (const Asked& more : std::span(asked_).subspan(1)) {
        for (const IndexedInput& factor : more.summand.factors) text += " + " + e_.x_name(factor.input);
      }
      return text;
    }
    if (free == 0 || first.summand.factors.size() != 1) return "";
    Index count = 0;
    first.solution.for_each([&](auto, auto) { count++; });
    return say("of {} elements", count);
  }

  // "row 1 of x": the dimension along which the one free loop runs is left out.
  std::string line(const std::string& name, const Access& access) const {
    const Solution& solution = asked_.front().solution;
    std::vector<std::string> index;
    std::size_t from_end = 0;  // of the free dimension
    for (std::size_t d = 0; d < access.size(); d++) {
      if (const auto number = solution.number(access[d])) {
        index.push_back(std::to_string(*number));
      } else {
        from_end = access.size() - d;
      }
    }
    if (index.empty()) return name;
    const std::string place = fmt::format("{}", fmt::join(index, ","));
    if (from_end == 1) return say("row {} of {}", place, name);
    return from_end == 2 ? say("column {} of {}", place, name) : say("line {} of {}", place, name);
  }

  // "sum over c,u,v of x[0,c,u+0,v+1] * w[1,c,u,v] + b[1]"
  std::string text() const {
    std::string text, dropped;
    std::vector<std::string> conditions;
    for (const Asked& asked : asked_) {
      const auto names = asked.solution.free_names();
      if (names.empty() && is_dropped(asked)) {
        dropped = say("0, for {} is {}", tensors(asked), in_own_words(asked.summand.note));
        continue;
      }
      const double number = asked.summand.scale.number;
      const bool subtracts = !text.empty() && number < 0 && (number == -1 || asked.summand.factors.empty());
      if (!text.empty()) text += subtracts ? " - " : " + ";
      const std::string summed = product(asked, subtracts);
      text +=
          names.empty() ? summed : say("sum over {} of {}", fmt::format("{}", fmt::join(names, ",")), summed);
      for (const std::string& condition : asked.solution.conditions()) {
        if (std::ranges::find(conditions, condition) == conditions.end()) conditions.push_back(condition);
      }
    }
    if (text.empty()) return dropped;
    if (conditions.empty()) return text;
    std::string all = conditions.front();
    for (const std::string& more : std::span(conditions).subspan(1)) all = say("{} and {}", all, more);
    return say("{}, where {}", text, all);
  }

  std::string product(const Asked& asked, bool without_sign) const {
    const Scale& scale = asked.summand.scale;
    const double number = without_sign ? -scale.number : scale.number;
    std::string factors = tensors(asked);
    for (const Table& weight : scale.weights) {
      factors += (factors.empty() ? "" : " * ") + asked.solution.text(weight);
    }
    if (factors.empty()) return fmt::format("{:g}", number);
    if (!scale.counts.empty()) return factors + " / " + divisor_text(asked);
    if (number == 1) return factors;
    return fmt::format("{} {} {}", factors, scale.divides ? "/" : "*", number_text(scale, number));
  }

  static std::string number_text(const Scale& scale, double number) {
    return scale.text.empty() ? fmt::format("{:g}", number) : scale.text;
  }

  std::string tensors(const Asked& asked) const {
    const auto& [summand, of, solution, mask] = asked;
    std::string text = of ? e_.dy_name() + index(solution, summand.result, e_.dy().shape()) : "";
    for (const IndexedInput& factor : summand.factors) {
      if (&factor == of) continue;
      text += (text.empty() ? "" : " * ") + e_.x_name(factor.input) +
              index(solution, factor.at, e_.input(factor.input).shape());
    }
    return text;
  }

  static std::string index(const Solution& solution, const Access& access, const Shape& shape) {
    if (is_flat(access, shape)) {
      if (const auto element = solution.number(access[0])) return index_text(shape, *element);
    }
    return solution.text(access);
  }

  // "4", or "size of window i,j" where that depends on the loops.
  std::string divisor_text(const Asked& asked) const {
    std::vector<std::string> window;
    for (const Scale::Count& count : asked.summand.scale.counts) {
      for (const Affine::Part& part : count.at.parts) {
        for (const Loop loop : part.loops()) {
          if (loop.index != count.loop.index && !asked.solution.number(loop))
            window.push_back(f_.loops[loop.index].name);
        }
      }
    }
    if (!window.empty()) return say("size of window {}", fmt::format("{}", fmt::join(window, ",")));
    std::vector<Index> loops(f_.loops.size());
    for (std::size_t l = 0; l < loops.size(); l++) loops[l] = asked.solution.number(Loop{l}).value_or(0);
    return fmt::format("{:g}", divisor(asked.summand.scale, loops));
  }

  // ---- Numbers.

  double divisor(const Scale& scale, std::vector<Index> loops) const {
    double product = scale.number;
    for (const auto& [loop, at, low, high] : scale.counts) {
      Index count = 0;
      for (Index& turn = loops[loop.index] = 0; turn < f_.loops[loop.index].count; turn++) {
        const Index place = value_of(at, loops);
        count += low <= place && place < high;
      }
      product *= static_cast<double>(count);
    }
    return product;
  }

  static double weight(const Scale& scale, std::span<const Index> all) {
    double product = 1;
    for (const Table& table : scale.weights) product *= table.at(all);
    return product;
  }
  // "0.75 * 0.5", of several.
  static std::string weights_text(const Scale& scale, std::span<const Index> all) {
    std::vector<std::string> numbers;
    for (const Table& table : scale.weights) numbers.push_back(fmt::format("{:g}", table.at(all)));
    return numbers.size() > 1 ? fmt::format("{}", fmt::join(numbers, " * ")) : "";
  }

  bool is_dropped(const Asked& asked) const {
    bool dropped = false;
    asked.solution.for_each([&](auto, std::span<const Index> all) { dropped = is_dropped(asked, all); });
    return dropped;
  }
  bool is_dropped(const Asked& asked, std::span<const Index> all) const {
    if (!asked.mask.defined()) return false;
    const auto element = element_of(asked.summand.result, e_.output().shape(), all);
    return element && asked.mask.data()[*element] == 0;
  }

  // A product in which a factor lies in the padding names one that does not.
  void term(const Asked& asked, std::span<const Index> place, std::span<const Index> all) const {
    const auto& [summand, of, solution, mask] = asked;
    std::vector<Factor> factors;
    bool padded = false;
    const auto take = [&](std::optional<Index> element, auto&& factor) {
      if (element) factors.push_back(factor(*element));
      padded = padded || !element;
    };
    if (of) take(element_of(summand.result, e_.dy().shape(), all), [&](Index i) { return e_.dy(i); });
    for (const IndexedInput& factor : summand.factors) {
      if (&factor == of) continue;
      take(element_of(factor.at, e_.input(factor.input).shape(), all),
           [&](Index i) { return e_.x(factor.input, i); });
    }
    if (padded)
      return e_.left_out(place, factors.empty() ? Explain::number(0) : factors[0], in_own_words("padding"));
    if (factors.size() == 2) return e_.term(place, factors[0], factors[1]);
    scaled_term(asked, place, all, factors);
  }

  void scaled_term(const Asked& asked, std::span<const Index> place, std::span<const Index> all,
                   std::span<const Factor> factors) const {
    const auto& [summand, of, solution, mask] = asked;
    const Scale& scale = summand.scale;
    const std::string_view note = in_own_words(summand.note);
    if (factors.empty())
      return e_.term(place, Explain::number(scale.number * weight(scale, all)), Explain::number(1), note);
    if (is_dropped(asked, all)) {
      if (scale.chooses || std::isfinite(factors[0].value)) return e_.left_out(place, factors[0], note);
      return e_.term(place, factors[0], Explain::number(0), note);
    }
    if (!scale.weights.empty()) {
      return e_.term(place, factors[0], Explain::number(weight(scale, all)), weights_text(scale, all));
    }
    if (!scale.divides && scale.counts.empty()) {
      return e_.term(place, factors[0], Explain::number(scale.number), of || mask.defined() ? "" : note);
    }
    const double by = divisor(scale, {all.begin(), all.end()});
    e_.term(place, factors[0], Explain::number(1 / by), "1 / " + number_text(scale, by));
  }

  Explain& e_;
  const Formula& f_;
  std::vector<Index> index_;  // of the element that is asked for
  std::vector<Asked> asked_;
};

}  // namespace
}  // namespace formula

void explain_formula(Explain& explain, const Formula& formula) {
  std::vector<Shape> inputs;
  for (std::size_t i = 0; i < explain.inputs(); i++) inputs.push_back(explain.input(i).shape());
  check_formula(formula, inputs, explain.output().shape());
  formula::NumberAnswer(explain, formula).give();
}

}  // namespace reel::inline REEL_PRECISION
