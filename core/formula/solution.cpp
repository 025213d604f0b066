// The solver: which turns of a formula's loops meet an element, and how an index is written.
#include <reel/core/formula/detail/solution.h>

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/explain.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::formula {

Index value_of(const Affine& affine, std::span<const Index> loops) {
  Index value = affine.start;
  for (const Affine::Part& part : affine.parts) value += part.step * part.turn(loops);
  return value;
}

Solution::Solution(const Formula& formula, const Summand& summand) : fixed_(formula.loops.size()) {
  for (const auto& [name, count] : formula.loops) loops_.push_back({.name = name, .high = count});
  use(summand.result);
  for (const IndexedInput& factor : summand.factors) use(factor.at);
}

void Solution::use(const Access& access) {
  for (const Affine& affine : access) {
    for (const Affine::Part& part : affine.parts) {
      for (const Loop loop : part.loops()) loops_[loop.index].state = State::kOpen;
    }
  }
}

std::optional<Solution> Solution::at(const Formula& formula, const Summand& summand, const Access& access,
                                     std::span<const Index> index) {
  Solution solution(formula, summand);
  std::vector<Equation> equations;
  for (std::size_t d = 0; d < access.size(); d++) {
    equations.push_back(solution.equation(access[d], index[d]));
  }
  if (!solution.fix_alone(equations)) return std::nullopt;
  for (Equation& several : equations) solution.solve(std::move(several));
  for (std::size_t l = 0; l < solution.loops_.size(); l++) {
    const State state = solution.loops_[l].state;
    if (state == State::kOpen || state == State::kFree) solution.free_.push_back(l);
  }
  return solution;
}

bool Solution::is_fixed(const Affine::Part& part) const {
  return std::ranges::all_of(part.loops(),
                             [&](Loop loop) { return loops_[loop.index].state == State::kFixed; });
}

// A group's number is the place's first digit; the other parts are the place within the group.
Solution::Equation Solution::equation(const Affine& affine, Index target) {
  Equation result{{}, target - affine.start};
  for (const Affine::Part& part : affine.parts) {
    if (part.per == 0) {
      result.parts.push_back(part);
      continue;
    }
    const Index group = target / part.step;
    LoopState& loop = loops_[part.loop.index];
    loop.low = std::max(loop.low, group * part.per);
    loop.high = std::min(loop.high, (group + 1) * part.per);
    result.rest -= group * part.step;
  }
  return result;
}

// Fixes loops that stand alone in a place, as long as there are any; equations of several loops are left.
// False where one cannot be.
bool Solution::fix_alone(std::vector<Equation>& equations) {
  for (bool again = true; again;) {
    again = false;
    for (auto& [parts, rest] : equations) {
      std::erase_if(parts, [&, &left = rest](const Affine::Part& part) {
        if (!is_fixed(part)) return false;
        left -= part.step * part.turn(fixed_);
        return true;
      });
      if (parts.empty() && rest != 0) return false;
      if (parts.size() != 1 || parts[0].table) continue;
      if (!fix(parts[0].loop.index, rest, parts[0].step)) return false;
      parts.clear();
      rest = 0;
      again = true;
    }
  }
  std::erase_if(equations, [](const Equation& equation) { return equation.parts.empty(); });
  return true;
}

bool Solution::fix(std::size_t loop, Index numerator, Index divisor) {
  LoopState& fixed = loops_[loop];
  fixed.state = State::kFixed;
  fixed_[loop] = numerator / divisor;
  return numerator % divisor == 0 && fixed.low <= fixed_[loop] && fixed_[loop] < fixed.high;
}

// For the last loop that no place before left open; but where others of the place are solved for already, or
// there is none, it is a condition.
void Solution::solve(Equation equation) {
  auto& [parts, rest] = equation;
  auto last = parts.end();
  bool follows = false;
  for (auto part = parts.begin(); part != parts.end(); part++) {
    for (const Loop loop : part->loops()) follows = follows || loops_[loop.index].state == State::kSolved;
    if (part->table || loops_[part->loop.index].state != State::kOpen) continue;
    if (last == parts.end() || last->loop.index < part->loop.index) last = part;
  }
  for (const Affine::Part& part : parts) {
    for (const Loop loop : part.loops()) {
      if (loops_[loop.index].state == State::kOpen) loops_[loop.index].state = State::kFree;
    }
  }
  if (follows || last == parts.end()) return conditions_.push_back(std::move(equation));
  LoopState& solved = loops_[last->loop.index];
  const Index sign = last->step < 0 ? -1 : 1;
  solved.state = State::kSolved;
  solved.divisor = sign * last->step;
  parts.erase(last);
  for (Affine::Part& part : parts) part.step *= -1;
  solved.numerator = rest;
  solved.numerator.parts = std::move(parts);
  solved.numerator = sign * std::move(solved.numerator);
  narrow(solved);
}

// One other loop goes as far as the solved one stays in its range.
void Solution::narrow(const LoopState& solved) {
  const std::vector<Affine::Part>& others = solved.numerator.parts;
  if (others.size() != 1 || others[0].loops().size() != 1) return;
  const std::size_t l = others[0].loops()[0].index;
  LoopState& other = loops_[l];
  std::vector<Index> turns = fixed_;
  const auto fits = [&](Index turn) {
    turns[l] = turn;
    const Index numerator = value_of(solved.numerator, turns);
    return solved.low * solved.divisor <= numerator && numerator <= (solved.high - 1) * solved.divisor;
  };
  while (other.low < other.high && !fits(other.low)) other.low++;
  while (other.low < other.high && !fits(other.high - 1)) other.high--;
}

bool Solution::resolve(std::span<const Index> place, std::span<Index> all) const {
  for (std::size_t i = 0; i < free_.size(); i++) all[free_[i]] = place[i];
  for (std::size_t l = 0; l < loops_.size(); l++) {
    const LoopState& loop = loops_[l];
    if (loop.state != State::kSolved) continue;
    const Index numerator = value_of(loop.numerator, all);
    all[l] = numerator / loop.divisor;
    if (numerator % loop.divisor != 0 || all[l] < loop.low || all[l] >= loop.high) return false;
  }
  return std::ranges::all_of(conditions_, [&](const Equation& equation) {
    Index rest = equation.rest;
    for (const Affine::Part& part : equation.parts) rest -= part.step * part.turn(all);
    return rest == 0;
  });
}

bool Solution::next(std::span<Index> place) const {
  for (std::size_t i = place.size(); i-- > 0;) {
    const LoopState& loop = loops_[free_[i]];
    if (++place[i] < loop.high) return true;
    place[i] = loop.low;
  }
  return false;
}

std::optional<Index> Solution::number(const Affine& affine) const {
  if (!std::ranges::all_of(affine.parts, [&](const Affine::Part& part) { return is_fixed(part); }))
    return std::nullopt;
  return value_of(affine, fixed_);
}

// ---- How an index is written.

std::vector<std::string> Solution::free_names() const {
  std::vector<std::string> names;
  for (const std::size_t l : free_) names.push_back(loops_[l].name);
  return names;
}

std::vector<std::string> Solution::conditions() const {
  std::vector<std::string> texts;
  for (const auto& [parts, rest] : conditions_)
    texts.push_back(fmt::format("{} = {}", sum_text(parts), rest));
  const auto divides = [](const LoopState& loop) { return loop.state == State::kSolved && loop.divisor > 1; };
  if (std::ranges::any_of(loops_, divides)) texts.push_back(say("that is a whole position"));
  return texts;
}

std::string Solution::text(const Affine& affine) const {
  if (const auto known = number(affine)) return std::to_string(*known);
  Index start = affine.start;
  std::vector<Affine::Part> moving;
  for (const Affine::Part& part : affine.parts) {
    if (is_fixed(part)) {
      start += part.step * part.turn(fixed_);
    } else {
      moving.push_back(part);
    }
  }
  const bool plain = affine.start == 0 && affine.parts.size() == 1 && affine.parts[0].step == 1;
  return plain ? sum_text(moving) : fmt::format("{}{:+}", sum_text(moving), start);
}

std::string Solution::text(const Access& access) const {
  std::vector<std::string> index;
  for (const Affine& affine : access) index.push_back(text(affine));
  return bracketed(index);
}

// "index[n]", "weight[3,u]"
std::string Solution::text(const Table& table) const {
  Access index(table.loops.begin(), table.loops.end());
  return table.name + text(index);
}

// Adds parts to a text: "2i-u"
std::string Solution::sum_text(std::span<const Affine::Part> parts, std::string text) const {
  for (const Affine::Part& part : parts) {
    text += part.step < 0 ? "-" : text.empty() ? "" : "+";
    text += part_text(part);
  }
  return text;
}

// Without its sign: "2u", "2(4-u)", "(o/3)"
std::string Solution::part_text(const Affine::Part& part) const {
  const std::string factor = std::abs(part.step) == 1 ? "" : std::to_string(std::abs(part.step));
  if (part.table) return factor + text(*part.table);
  const LoopState& loop = loops_[part.loop.index];
  std::string turn = loop_text(part.loop.index);
  const bool is_sum = loop.state == State::kSolved && loop.divisor == 1;
  if (is_sum && (part.step != 1 || part.per > 1)) turn = fmt::format("({})", turn);
  return factor + (part.per > 1 ? fmt::format("({}/{})", turn, part.per) : turn);
}

std::string Solution::loop_text(std::size_t l) const {
  const LoopState& loop = loops_[l];
  if (loop.state != State::kSolved) return loop.name;
  const std::string text = sum_text(loop.numerator.parts, std::to_string(loop.numerator.start));
  return loop.divisor == 1 ? text : fmt::format("({})/{}", text, loop.divisor);
}

}  // namespace reel::inline REEL_PRECISION::formula
