// A formula as it is put together, what it may be, and its multiply-adds.
#include <reel/core/formula/formula.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

namespace formula {

double Table::at(std::span<const Index> turns) const {
  Index element = 0;
  for (std::size_t d = 0; d < loops.size(); d++) {
    element = element * numbers.size(static_cast<Index>(d)) + turns[loops[d].index];
  }
  return numbers.data()[element];
}

Index Affine::Part::turn(std::span<const Index> turns) const {
  if (table) return static_cast<Index>(table->at(turns));
  return per > 0 ? turns[loop.index] / per : turns[loop.index];
}

namespace {

class Check {
 public:
  explicit Check(const Formula& formula) : f_(formula), used_(formula.loops.size()) {}

  void summand(const Summand& summand, std::span<const Shape> inputs, const Shape& output) {
    const auto& [number, divides, text, counts, weights, mask, chooses] = summand.scale;
    const bool scales = number != 1 || divides || !counts.empty(), two = summand.factors.size() == 2;
    require(summand.factors.size() <= 2 && !(two && (scales || mask || !weights.empty())) &&
                !(scales && !weights.empty()),
            "multiplies more than two numbers: two factors, or one and a scale, are wanted");
    require(!summand.factors.empty() || !(divides || mask || !counts.empty()),
            "scales a number alone; write the number that it is");
    used_.assign(f_.loops.size(), false);
    access(summand.result, output, "its result");
    for (const IndexedInput& factor : summand.factors) {
      require(factor.input < inputs.size(), "reads input {}, the op has {}", factor.input, inputs.size());
      access(factor.at, inputs[factor.input], fmt::format("input {}", factor.input));
    }
    for (const Table& weight : weights) table(weight, true);
    for (const Scale::Count& count : counts) {
      used(count.loop);
      for (const Affine::Part& part : count.at.parts)
        std::ranges::for_each(part.loops(), [&](Loop l) { used(l); });
    }
  }

  void access(const Access& access, const Shape& shape, std::string_view of) {
    require(access.size() == 1 || std::ssize(access) == shape.dim(),
            "has {} places in {} {}; one for each dimension, or one in row-major order, are wanted",
            access.size(), of, shape);
    for (const Affine& affine : access) place(affine);
  }

  void place(const Affine& affine) {
    std::vector<bool> named(f_.loops.size());
    for (const Affine::Part& part : affine.parts) {
      require(part.step != 0, "has a step of 0; leave that loop out");
      require(part.per >= 0, "has groups of {} turns", part.per);
      if (part.table) table(*part.table, false);
      for (const Loop loop : part.loops()) {
        known(loop);
        require(!named[loop.index], "names loop {} twice in a place", f_.loops[loop.index].name);
        named[loop.index] = used_[loop.index] = true;
      }
      if (part.per > 0) digit(affine, part);
    }
  }

 private:
  template <class... Args>
  static void require(bool condition, fmt::format_string<Args...> format, Args&&... args) {
    if (!condition) throw Error("its formula " + fmt::format(format, std::forward<Args>(args)...));
  }

  void known(Loop loop) const {
    require(loop.index < f_.loops.size(), "has {} loops, and names one that is none of them",
            f_.loops.size());
  }
  void used(Loop loop) const {
    known(loop);
    require(used_[loop.index], "scales by loop {}, at which no tensor of the product stands",
            f_.loops[loop.index].name);
  }

  void table(const Table& table, bool scales) const {
    std::vector<Index> counts;
    for (const Loop loop : table.loops) {
      scales ? used(loop) : known(loop);
      counts.push_back(f_.loops[loop.index].count);
    }
    require(table.numbers.defined() && std::ranges::equal(table.numbers.shape(), counts),
            "has a table {} that is not in the shape of its loops", table.name);
    const auto is_whole = [](Scalar number) { return std::isfinite(number) && number == std::trunc(number); };
    require(scales || std::ranges::all_of(table.numbers.values(), is_whole),
            "has a table {} of places with a number that is not whole", table.name);
  }

  // What stands beside a group's number is less than its step, so that it is the place within the group.
  void digit(const Affine& affine, const Affine::Part& group) const {
    Index low = affine.start, high = affine.start;
    for (const Affine::Part& part : affine.parts) {
      if (&part == &group) continue;
      require(part.per == 0 && !part.table && part.step > 0, "has a group's number beside what is no loop");
      known(part.loop);
      high += part.step * (f_.loops[part.loop.index].count - 1);
    }
    require(group.step > 0 && 0 <= low && high < group.step,
            "has a group's number that is no whole digit of its place");
  }

  const Formula& f_;
  std::vector<bool> used_;  // loops at which a tensor of the summand stands
};

}  // namespace
}  // namespace formula

void check_formula(const Formula& formula, std::span<const Shape> inputs, const Shape& output) {
  formula::Check check(formula);
  for (const formula::Summand& summand : formula.summands) check.summand(summand, inputs, output);
  for (const Formula::Place& place : formula.places) {
    for (const formula::Affine& number : place.numbers) check.place(number);
  }
}

formula::Loop Formula::loop(std::string name, Index count) {
  loops.push_back({std::move(name), count});
  return {loops.size() - 1};
}

formula::Summand& Formula::add(formula::Access result, std::vector<formula::IndexedInput> factors) {
  return summands.emplace_back(formula::Summand{std::move(result), std::move(factors)});
}

std::vector<Formula::Counter> product_loops(const Formula& f) {
  for (const formula::Summand& summand : f.summands) {
    if (summand.factors.size() != 2) continue;
    std::vector<bool> in_result(f.loops.size()), in_product(f.loops.size());
    const auto mark = [](std::vector<bool>& loops, const formula::Access& access) {
      for (const formula::Affine& affine : access) {
        for (const auto& part : affine.parts) {
          for (const formula::Loop loop : part.loops()) {
            loops[loop.index] = loops[loop.index] || part.per == 0;
          }
        }
      }
    };
    mark(in_result, summand.result);
    in_product = in_result;
    for (const formula::IndexedInput& factor : summand.factors) mark(in_product, factor.at);
    if (in_product == in_result) continue;
    std::vector<Formula::Counter> loops;
    for (std::size_t l = 0; l < f.loops.size(); l++) {
      if (in_product[l]) loops.push_back(f.loops[l]);
    }
    return loops;
  }
  return {};
}

Index turns_of(std::span<const Formula::Counter> loops) {
  Index turns = loops.empty() ? 0 : 1;
  for (const auto& [name, count] : loops) turns *= count;
  return turns;
}

}  // namespace reel::inline REEL_PRECISION
