#include <reel/core/formula/detail/solution.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::formula {
namespace {

// "2u", "u"
std::string scaled(Index step, std::string_view name) {
  return step == 1 ? std::string(name) : fmt::format("{}{}", step, name);
}

}  // namespace

Index value_of(const Affine& affine, std::span<const Index> loops) {
  Index value = affine.start;
  for (const Affine::Part& part : affine.parts) value += part.step * part.turn(loops[part.loop]);
  return value;
}

Solution::Solution(const Formula& formula, const Summand& summand) {
  for (const auto& [name, count] : formula.loops) loops_.push_back({.name = name, .high = count});
  use(summand.result);
  for (const IndexedInput& factor : summand.factors) use(factor.at);
}

void Solution::use(const Access& access) {
  for (const Affine& affine : access) {
    for (const Affine::Part& part : affine.parts) loops_[part.loop].state = State::kOpen;
  }
}

// Places that leave one loop open come first: what they fix is known where two are left open.
std::optional<Solution> Solution::at(const Formula& formula, const Summand& summand, const Access& access,
                                     std::span<const Index> index) {
  Solution solution(formula, summand);
  for (const std::size_t most : {std::size_t{1}, solution.loops_.size()}) {
    for (std::size_t d = 0; d < access.size(); d++) {
      if (solution.open_parts(access[d]).size() > most && access[d].parts[0].per == 0) continue;
      if (!solution.meet(access[d], index[d])) return std::nullopt;
    }
  }
  for (std::size_t l = 0; l < solution.loops_.size(); l++) {
    State& state = solution.loops_[l].state;
    if (state == State::kOpen) state = State::kFree;
    if (state == State::kFree) solution.free_.push_back(l);
  }
  return solution;
}

std::vector<Affine::Part> Solution::open_parts(const Affine& affine) const {
  std::vector<Affine::Part> parts;
  for (const Affine::Part& part : affine.parts) {
    if (loops_[part.loop].state != State::kFixed) parts.push_back(part);
  }
  return parts;
}

// Makes the loops fulfil affine = target; false where they cannot.
bool Solution::meet(const Affine& affine, Index target) {
  Index rest = target - affine.start;
  std::vector<Affine::Part> open;
  for (const Affine::Part& part : affine.parts) {
    LoopState& loop = loops_[part.loop];
    if (loop.state == State::kFixed) {
      rest -= part.step * part.turn(loop.value);
    } else if (part.per > 0) {  // a group's number: the other parts are the place within the group
      const Index group = rest / part.step;
      loop.low = std::max(loop.low, group * part.per);
      loop.high = std::min(loop.high, (group + 1) * part.per);
      rest -= group * part.step;
    } else {
      open.push_back(part);
    }
  }
  if (open.empty()) return rest == 0;
  if (open.size() == 1) return fix(open[0].loop, rest, open[0].step);
  solve(std::move(open), rest);
  return true;
}

bool Solution::fix(std::size_t loop, Index numerator, Index divisor) {
  LoopState& fixed = loops_[loop];
  fixed.state = State::kFixed;
  fixed.value = numerator / divisor;
  return numerator % divisor == 0 && fixed.low <= fixed.value && fixed.value < fixed.high;
}

// The last loop from the others.
void Solution::solve(std::vector<Affine::Part> parts, Index rest) {
  const auto last = std::ranges::max_element(parts, {}, &Affine::Part::loop);
  LoopState& solved = loops_[last->loop];
  solved.state = State::kSolved;
  solved.numerator = rest;
  solved.divisor = last->step;
  const Index reach = (solved.high - 1) * last->step;
  parts.erase(last);
  for (const Affine::Part& part : parts) {
    loops_[part.loop].state = State::kFree;
    solved.numerator.parts.push_back({part.loop, -part.step});
  }
  if (parts.size() > 1) return;
  LoopState& other = loops_[parts[0].loop];  // as far as the last stays in its range
  other.low = std::max(other.low, -floor_div(reach - rest, parts[0].step));
  other.high = std::min(other.high, floor_div(rest, parts[0].step) + 1);
}

bool Solution::resolve(std::span<const Index> place, std::span<Index> all) const {
  for (std::size_t i = 0; i < free_.size(); i++) all[free_[i]] = place[i];
  for (std::size_t l = 0; l < loops_.size(); l++) {
    if (loops_[l].state == State::kFixed) all[l] = loops_[l].value;
  }
  for (std::size_t l = 0; l < loops_.size(); l++) {
    const LoopState& loop = loops_[l];
    if (loop.state != State::kSolved) continue;
    const Index numerator = value_of(loop.numerator, all);
    all[l] = numerator / loop.divisor;
    if (numerator < 0 || numerator % loop.divisor != 0 || all[l] >= loop.high) return false;
  }
  return true;
}

bool Solution::next(std::span<Index> place) const {
  for (std::size_t i = place.size(); i-- > 0;) {
    const LoopState& loop = loops_[free_[i]];
    if (++place[i] < loop.high) return true;
    place[i] = loop.low;
  }
  return false;
}

std::vector<std::string> Solution::free_names() const {
  std::vector<std::string> names;
  for (const std::size_t l : free_) names.push_back(loops_[l].name);
  return names;
}

bool Solution::divides() const {
  return std::ranges::any_of(
      loops_, [](const LoopState& loop) { return loop.state == State::kSolved && loop.divisor > 1; });
}

std::optional<Index> Solution::number(const Affine& affine) const {
  Index value = affine.start;
  for (const Affine::Part& part : affine.parts) {
    if (loops_[part.loop].state != State::kFixed) return std::nullopt;
    value += part.step * part.turn(loops_[part.loop].value);
  }
  return value;
}

std::string Solution::text(const Affine& affine) const {
  Index start = affine.start;
  std::vector<std::string> moving;
  for (const Affine::Part& part : affine.parts) {
    if (loops_[part.loop].state == State::kFixed) {
      start += part.step * part.turn(loops_[part.loop].value);
    } else {
      const std::string loop = loop_text(part.loop);
      const bool is_loop = part.per <= 1;
      moving.push_back(scaled(part.step, is_loop ? loop : fmt::format("({}/{})", loop, part.per)));
    }
  }
  if (moving.empty()) return std::to_string(start);
  const bool plain = affine.start == 0 && affine.parts.size() == 1 && affine.parts[0].step == 1;
  return plain ? moving[0] : fmt::format("{}{:+}", fmt::join(moving, "+"), start);
}

std::string Solution::text(const Access& access) const {
  std::vector<std::string> index;
  for (const Affine& affine : access) index.push_back(text(affine));
  return bracketed(index);
}

std::string Solution::loop_text(std::size_t l) const {
  const LoopState& loop = loops_[l];
  if (loop.state != State::kSolved) return loop.name;
  std::string text = std::to_string(loop.numerator.start);
  for (const Affine::Part& part : loop.numerator.parts)
    text += fmt::format("-{}", scaled(-part.step, loops_[part.loop].name));
  return loop.divisor == 1 ? text : fmt::format("({})/{}", text, loop.divisor);
}

}  // namespace reel::inline REEL_PRECISION::formula
