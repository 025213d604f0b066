// Sums of products: the result is set to what adds to each of its elements once, then the sums are added to it.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/export/detail/c_loops.h>
#include <reel/core/export/detail/c_ops.h>
#include <reel/core/formula/detail/solution.h>

namespace reel::inline REEL_PRECISION::c {

using formula::Affine, formula::IndexedInput, formula::Scale, formula::Summand, formula::Table;

namespace {

// Its share as a table, by the loops that the count depends on.
Table share_of(const Formula& f, const Scale::Count& count) {
  Table table{fmt::format("{}_share", f.loops[count.loop.index].name), {}, {}};
  std::vector<Index> sizes, turns(f.loops.size());
  for (const Affine::Part& part : count.at.parts) {
    for (const formula::Loop loop : part.loops()) {
      if (loop.index == count.loop.index) continue;
      table.loops.push_back(loop);
      sizes.push_back(f.loops[loop.index].count);
    }
  }
  table.numbers = Tensor::uninitialized(Shape(sizes));
  for (Scalar& share : table.numbers.mutable_values()) {
    Index inside = 0;
    for (Index& turn = turns[count.loop.index] = 0; turn < f.loops[count.loop.index].count; turn++) {
      const Index at = formula::value_of(count.at, turns);
      inside += count.low <= at && at < count.high;
    }
    share = inside == 0 ? Scalar(0) : 1 / static_cast<Scalar>(inside);
    for (std::size_t d = sizes.size(); d-- > 0;) {  // on to the next turn
      Index& turn = turns[table.loops[d].index];
      if (++turn < sizes[d]) break;
      turn = 0;
    }
  }
  return table;
}

class FormulaWriter final : public Writer {
 public:
  explicit FormulaWriter(const Call& call)
      : f_(*call.facts.formula), inputs_(call.inputs), output_(call.output) {
    for (Summand& summand : f_.summands) {
      Scale& scale = summand.scale;
      for (const Scale::Count& count : scale.counts) scale.weights.push_back(share_of(f_, count));
      scale.divides = scale.divides || !scale.counts.empty();
    }
    find_groups();
  }

  // Elsewhere is what no summand makes, which a sum would begin from.
  bool can_write() const { return f_.elsewhere == 0 || std::ranges::all_of(groups_, &Group::assigns); }

  bool may_overwrite(std::size_t i) const override {
    if (fills_ || groups_.size() != 1 || !groups_[0].assigns) return false;
    for (const Summand* summand : groups_[0].summands) {
      for (const IndexedInput& factor : summand->factors) {
        if (factor.input == i && !(same_places(factor.at, summand->result) && inputs_[i].shape == output_))
          return false;
      }
    }
    return true;
  }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    std::string text, before;
    for (const Summand& summand : f_.summands) {
      const std::string result = place_text(f_, {output, summand.result}, output.name);
      if (result != before) text += fmt::format("{}{} = ", text.empty() ? "" : "\n", result);
      if (result == before) text += is_subtracted(summand) ? " - " : " + ";
      before = result;
      const auto summed = loops_summed(summand);
      if (!summed.empty()) text += fmt::format("sum over {} of ", fmt::join(summed, ", "));
      std::vector<std::string> factors;
      for (const IndexedInput& factor : summand.factors)
        factors.push_back(place_text(f_, {inputs[factor.input], factor.at}, inputs[factor.input].name));
      for (const Table& weight : summand.scale.weights)
        factors.push_back(place_text(f_, element_of(weight), weight.name));
      text += scaled(summand, factors);
    }
    return text;
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    if (fills_) {
      program.open(fmt::format("for (int i = 0; i < {}; i++) {{", output.shape.numel()));
      program.line(fmt::format("{}[i] = {};", output.name, literal(f_.elsewhere)));
      program.close();
    }
    for (const Group& group : groups_) {
      const Nest nest = nest_of(program, group.summands, inputs, output);
      nest.write(statement(nest, group));
    }
  }

 private:
  // Summands that are written in one place.
  struct Group {
    std::vector<const Summand*> summands;
    bool assigns;  // rather than adds
  };

  static Nest nest_of(Program& program, const Formula& f, const std::vector<const Summand*>& summands,
                      const std::vector<Value>& inputs, const Value& output) {
    std::vector<Element> operands;
    for (const Summand* summand : summands) {
      for (const IndexedInput& factor : summand->factors)
        operands.push_back({inputs[factor.input], factor.at});
      for (const Table& weight : summand->scale.weights) operands.push_back(element_of(weight));
      if (summand->scale.mask)
        operands.push_back({{"mask", output.shape, summand->scale.mask()}, summand->result});
    }
    return {program, f, {output, summands[0]->result}, std::move(operands)};
  }
  Nest nest_of(Program& program, const std::vector<const Summand*>& summands,
               const std::vector<Value>& inputs, const Value& output) const {
    return nest_of(program, f_, summands, inputs, output);
  }

  void find_groups() {
    Program none("");
    const Value y{"y", output_};
    std::vector<Group> sums;
    std::vector<bool> made(static_cast<std::size_t>(output_.numel()));
    for (const Summand& summand : f_.summands) {
      const Nest nest = nest_of(none, {&summand}, inputs_, y);
      if (!nest.is_injective() || nest.operands_leave() || summand.scale.mask) {
        sums.push_back({{&summand}, false});
        continue;
      }
      const auto same = [&](const Group& group) {
        return same_places(group.summands[0]->result, summand.result);
      };
      if (const auto group = std::ranges::find_if(groups_, same); group != groups_.end()) {
        group->summands.push_back(&summand);
        continue;
      }
      const std::vector<Index> elements = nest.elements();
      const bool is_first =
          std::ranges::none_of(elements, [&](Index e) { return made[static_cast<std::size_t>(e)]; });
      if (is_first)
        for (const Index element : elements) made[static_cast<std::size_t>(element)] = true;
      groups_.push_back({{&summand}, is_first});
    }
    groups_.insert(groups_.end(), sums.begin(), sums.end());
    fills_ = std::ranges::find(made, false) != made.end();
  }

  static bool is_subtracted(const Summand& summand) {
    const Scale& scale = summand.scale;
    return summand.factors.empty() ? scale.number < 0 : scale.number == -1 && !scale.divides;
  }

  // Without the sign of what is subtracted.
  static std::string scaled(const Summand& summand, const std::vector<std::string>& factors) {
    const Scale& scale = summand.scale;
    const double number = is_subtracted(summand) ? -scale.number : scale.number;
    const std::string product = fmt::format("{}", fmt::join(factors, " * "));
    if (factors.empty()) return literal(number);
    if (number == 1) return product;
    return fmt::format("{} {} {}", product, scale.divides ? "/" : "*", literal(number));
  }

  static std::string statement(const Nest& nest, const Group& group) {
    std::string sum, condition;
    std::size_t operand = 0;
    for (const Summand* summand : group.summands) {
      std::vector<std::string> factors;
      for (std::size_t n = summand->factors.size() + summand->scale.weights.size(); n > 0; n--)
        factors.push_back(nest.operand(operand++));
      if (summand->scale.mask) condition = fmt::format("if ({} != 0.0f) ", nest.operand(operand++));
      const bool subtracts = is_subtracted(*summand);
      if (sum.empty())
        sum = subtracts ? "-" : "";
      else
        sum += subtracts ? " - " : " + ";
      sum += scaled(*summand, factors);
    }
    return fmt::format("{}{} {} {};", condition, nest.result(), group.assigns ? "=" : "+=", sum);
  }

  std::vector<std::string> loops_summed(const Summand& summand) const {
    std::vector<bool> in_result(f_.loops.size()), in_product(f_.loops.size());
    const auto mark = [](std::vector<bool>& loops, const formula::Access& access) {
      for (const Affine& affine : access) {
        for (const Affine::Part& part : affine.parts) {
          for (const formula::Loop loop : part.loops()) loops[loop.index] = true;
        }
      }
    };
    mark(in_result, summand.result);
    for (const IndexedInput& factor : summand.factors) mark(in_product, factor.at);
    std::vector<std::string> names;
    for (std::size_t l = 0; l < f_.loops.size(); l++) {
      if (in_product[l] && !in_result[l]) names.push_back(f_.loops[l].name);
    }
    return names;
  }

  Formula f_;
  std::vector<Value> inputs_;
  Shape output_;
  std::vector<Group> groups_;
  bool fills_ = false;
};

bool reads_all_that_changes(const Call& call) {
  for (std::size_t i = 0; i < call.inputs.size(); i++) {
    const bool is_read = std::ranges::any_of(call.facts.formula->summands, [=](const Summand& summand) {
      return std::ranges::find(summand.factors, i, &IndexedInput::input) != summand.factors.end();
    });
    if (!is_read && !call.inputs[i].is_constant()) return false;
  }
  return true;
}

bool draws(const Summand& summand) { return summand.scale.mask && !summand.scale.chooses; }

}  // namespace

std::unique_ptr<Writer> formula_writer(const Call& call) {
  if (!call.facts.formula || std::ranges::any_of(call.facts.formula->summands, draws)) return nullptr;
  if (!reads_all_that_changes(call)) return nullptr;
  auto writer = std::make_unique<FormulaWriter>(call);
  return writer->can_write() ? std::move(writer) : nullptr;
}

bool is_reshape(const Call& call) {
  if (!call.facts.formula || call.facts.formula->summands.size() != 1) return false;
  const Summand& summand = call.facts.formula->summands[0];
  const Scale& scale = summand.scale;
  if (summand.factors.size() != 1 || summand.factors[0].input != 0 || scale.number != 1 || scale.mask)
    return false;
  const Value& x = call.inputs[0];
  const formula::Access &from = summand.factors[0].at, &to = summand.result;
  if (!scale.counts.empty() || !scale.weights.empty() || !same_places(from, to)) return false;
  if (from.size() != 1 && !(x.shape == call.output)) return false;
  Program none("");
  const Nest nest(none, *call.facts.formula, {{"y", call.output}, to}, {{x, from}});
  return x.shape.numel() == call.output.numel() && nest.is_injective() && !nest.operands_leave() &&
         std::ssize(nest.elements()) == call.output.numel();
}

}  // namespace reel::inline REEL_PRECISION::c
