// Which loop stands where, what its ends are, and how an index is written.
#include <reel/core/export/detail/c_loops.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reel::inline REEL_PRECISION::c {

using formula::Access, formula::Affine, formula::Loop;

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr Index kMostAtATime = 4096;  // floats: 16 KiB

bool is_flat(const Element& e) { return e.at.size() == 1 && e.of.shape.dim() != 1; }

Index size_of(const Element& e, std::size_t d) {
  return is_flat(e) ? e.of.shape.numel() : e.of.shape[static_cast<Index>(d)];
}

bool names(const Affine& affine, std::size_t loop) {
  return std::ranges::any_of(affine.parts, [=](const Affine::Part& part) {
    return std::ranges::any_of(part.loops(), [=](Loop own) { return own.index == loop; });
  });
}

// A term of a sum behind what is there.
void add_term(std::string& sum, Index factor, const std::string& term) {
  const Index size = std::abs(factor);
  if (!sum.empty()) sum += factor < 0 ? " - " : " + ";
  if (sum.empty() && factor < 0) sum += "-";
  if (size == 1)
    sum += term;
  else
    sum += fmt::format("{} * {}", size,
                       term.find(" / ") == std::string::npos ? term : fmt::format("({})", term));
}

void add_number(std::string& sum, Index number) {
  if (sum.empty())
    sum = std::to_string(number);
  else if (number > 0 && sum.starts_with('-'))
    sum = fmt::format("{} - {}", number, sum.substr(1));
  else if (number != 0)
    sum += fmt::format(" {} {}", number < 0 ? '-' : '+', std::abs(number));
}

// As a factor.
std::string closed(const std::string& text) {
  const bool is_sum = text.find(" + ") != std::string::npos || text.find(" - ") != std::string::npos;
  return is_sum ? fmt::format("({})", text) : text;
}

// Row-major: the index within all dimensions up to one more.
std::string next_dimension(const std::string& before, Index size, const std::string& place) {
  if (before == "0" || before.empty()) return place;
  std::string index = size == 1 ? before : fmt::format("{} * {}", closed(before), size);
  if (place == "0") return index;
  return index + (place.starts_with('-') ? " - " + place.substr(1) : " + " + place);
}

}  // namespace

Element element_of(const formula::Table& table) {
  Access at;
  for (const Loop loop : table.loops) at.emplace_back(loop);
  return {{table.name, table.numbers.shape(), table.numbers}, std::move(at)};
}

bool same_place(const Affine& a, const Affine& b) {
  return a.start == b.start && std::ranges::equal(a.parts, b.parts, [](const auto& x, const auto& y) {
           return x.step == y.step && x.per == y.per && x.table == y.table &&
                  (x.table || x.loop.index == y.loop.index);
         });
}

bool same_places(const Access& a, const Access& b) { return std::ranges::equal(a, b, same_place); }

Nest::Nest(Program& program, const Formula& formula, Element result, std::vector<Element> operands)
    : program_(program),
      f_(formula),
      result_(std::move(result)),
      operands_(std::move(operands)),
      used_(formula.loops.size()) {
  use(result_);
  for (const Element& operand : operands_) use(operand);
  find_order();
  if (sums_) turn_constants();
  add_bounds(result_);
  for (const Element& operand : operands_) add_bounds(operand);
}

void Nest::use(const Element& element) {
  for (const Affine& affine : element.at) {
    for (const Affine::Part& part : affine.parts) {
      for (const Loop loop : part.loops()) used_[loop.index] = true;
    }
  }
}

Nest::Range Nest::range(const Affine& affine) const {
  Range range{affine.start, affine.start};
  for (const Affine::Part& part : affine.parts) {
    Range turns{0, 0};
    if (part.table) {
      const auto [low, high] = std::ranges::minmax(part.table->numbers.values());
      turns = {static_cast<Index>(low), static_cast<Index>(high)};
    } else {
      turns.high = (count(part.loop.index) - 1) / std::max<Index>(part.per, 1);
    }
    range.low += part.step * (part.step > 0 ? turns.low : turns.high);
    range.high += part.step * (part.step > 0 ? turns.high : turns.low);
  }
  return range;
}

bool Nest::leaves(const Element& element) const {
  for (std::size_t d = 0; d < element.at.size(); d++) {
    const Range places = range(element.at[d]);
    if (places.low < 0 || places.high >= size_of(element, d)) return true;
  }
  return false;
}

bool Nest::operands_leave() const {
  return std::ranges::any_of(operands_, [&](const Element& operand) { return leaves(operand); });
}

void Nest::add_bounds(const Element& element) {
  for (std::size_t d = 0; d < element.at.size(); d++) {
    const Affine& at = element.at[d];
    const Index size = size_of(element, d);
    const Range places = range(at);
    const bool is_known = std::ranges::any_of(
        bounds_, [&](const Bound& bound) { return bound.size == size && same_place(bound.at, at); });
    if (!is_known && (places.low < 0 || places.high >= size))
      bounds_.push_back({at, size, places.low < 0, places.high >= size});
  }
}

// The loop of a place that names but one; kNone of another.
std::size_t Nest::alone_in(const Affine& place) const {
  std::size_t alone = kNone;
  for (const Affine::Part& part : place.parts) {
    if (part.table) return kNone;
    if (!runs(part.loop.index)) continue;
    if (alone != kNone || part.per > 1) return kNone;
    alone = part.loop.index;
  }
  return alone;
}

bool Nest::is_injective() const {
  std::vector<Index> alone(used_.size());
  for (const Affine& place : result_.at) {
    if (std::ranges::any_of(place.parts, [](const Affine::Part& part) { return part.table != nullptr; }))
      return false;
    const std::size_t loop = alone_in(place);
    if (loop != kNone) alone[loop]++;
  }
  for (std::size_t l = 0; l < used_.size(); l++) {
    if (runs(l) && alone[l] != 1) return false;
  }
  return true;
}

std::vector<Index> Nest::elements() const {
  std::vector<Index> elements{0};
  for (std::size_t d = 0; d < result_.at.size(); d++) {
    const Affine& place = result_.at[d];
    const std::size_t loop = alone_in(place);
    const Index turns = loop == kNone ? 1 : count(loop), size = size_of(result_, d);
    Index step = 0;
    for (const Affine::Part& part : place.parts) step += part.loop.index == loop ? part.step : 0;
    std::vector<Index> longer;
    for (const Index element : elements) {
      for (Index turn = 0; turn < turns; turn++) {
        const Index at = place.start + step * turn;
        if (at >= 0 && at < size) longer.push_back(element * size + at);
      }
    }
    elements = std::move(longer);
  }
  return elements;
}

// The loop along which the result's numbers lie next to each other.
std::size_t Nest::innermost() const {
  for (std::size_t d = result_.at.size(); d-- > 0;) {
    std::size_t last = kNone;
    for (const Affine::Part& part : result_.at[d].parts) {
      if (part.table || part.per > 1) return kNone;
      if (runs(part.loop.index)) last = last == kNone ? part.loop.index : std::max(last, part.loop.index);
    }
    if (last != kNone) return last;
  }
  return kNone;
}

// Whether the operand's numbers lie next to each other, too, or can be laid so, or stay the same.
bool Nest::may_run_along(std::size_t loop, const Element& operand) const {
  const auto at = std::ranges::find_if(operand.at, [=](const Affine& place) { return names(place, loop); });
  if (at == operand.at.end() || at + 1 == operand.at.end()) return true;
  return operand.of.is_constant() && alone_in(*at) == loop;
}

// First what stands alone in the result's places, then what is summed over, so that a row of the result is added to
// by many numbers at a time; or a plane, where the weights are the same for all of it and it is small enough for a
// processor's nearest memory.
void Nest::find_order() {
  std::vector<bool> placed(used_.size());
  for (const Affine& place : result_.at) {
    const std::size_t loop = alone_in(place);
    if (loop == kNone || placed[loop]) continue;
    placed[loop] = true;
    order_.push_back(loop);
  }
  const std::vector<std::size_t> outer = order_;
  for (std::size_t l = 0; l < used_.size(); l++) {
    if (!runs(l) || placed[l]) continue;
    order_.push_back(l);
    sums_ = true;
  }
  const std::size_t last = innermost();
  if (!sums_ || last == kNone) return;
  if (!std::ranges::all_of(operands_, [&](const Element& operand) { return may_run_along(last, operand); }))
    return;
  std::erase(order_, last);
  order_.push_back(last);
  if (outer.size() < 2 || outer.back() != last || is_weighted_by(last)) return;
  const std::size_t rows = outer[outer.size() - 2];
  if (is_weighted_by(rows) || count(rows) * count(last) > kMostAtATime) return;
  std::erase(order_, rows);
  order_.insert(order_.end() - 1, rows);
}

// Whether constants of the product change with the loop; of no constants, too.
bool Nest::is_weighted_by(std::size_t loop) const {
  bool any = false;
  for (const Element& operand : operands_) {
    if (!operand.of.is_constant()) continue;
    any = true;
    if (std::ranges::any_of(operand.at, [=](const Affine& place) { return names(place, loop); })) return true;
  }
  return !any;
}

void Nest::turn_constants() {
  const std::size_t last = order_.back();
  for (Element& operand : operands_) {
    if (!operand.of.is_constant()) continue;
    const auto at = std::ranges::find_if(operand.at, [=](const Affine& place) { return names(place, last); });
    if (at == operand.at.end() || at + 1 == operand.at.end() || alone_in(*at) != last) continue;
    const auto d = at - operand.at.begin();
    operand.of.constant = program_.with_last(operand.of.constant, d);
    operand.of.shape = operand.of.constant.shape();
    std::rotate(at, at + 1, operand.at.end());
  }
}

// The innermost of the loops that it moves with.
std::size_t Nest::last_loop(const Affine& affine) const {
  std::size_t last = kNone;
  for (const std::size_t loop : order_) {
    if (names(affine, loop)) last = loop;
  }
  return last;
}

std::string Nest::loop_text(std::size_t loop) const {
  const std::string name = identifier(f_.loops[loop].name);
  const auto before = std::ranges::count_if(
      order_, [&](std::size_t other) { return other < loop && identifier(f_.loops[other].name) == name; });
  return before == 0 ? name : fmt::format("{}{}", name, before + 1);
}

std::string Nest::part_text(const Affine::Part& part) const {
  if (part.table) {
    std::string index;
    for (std::size_t d = 0; d < part.table->loops.size(); d++) {
      const std::size_t loop = part.table->loops[d].index;
      index = next_dimension(index, count(loop), runs(loop) ? loop_text(loop) : "0");
    }
    return fmt::format("{}[{}]", program_.array(*part.table, true), index.empty() ? "0" : index);
  }
  const std::string loop = loop_text(part.loop.index);
  return part.per > 1 ? fmt::format("{} / {}", loop, part.per) : loop;
}

std::string Nest::text(const Affine& affine) const {
  std::string sum;
  for (const Affine::Part& part : affine.parts) {
    if (part.table || runs(part.loop.index)) add_term(sum, part.step, part_text(part));
  }
  add_number(sum, affine.start);
  return sum;
}

std::string Nest::text(const Element& element) const {
  std::string index;
  for (std::size_t d = 0; d < element.at.size(); d++)
    index = next_dimension(index, size_of(element, d), text(element.at[d]));
  return fmt::format("{}[{}]", program_.array(element.of), index.empty() ? "0" : index);
}

// From where on, or up to where, the loop keeps the bound: ceil((0 or size - the rest) / step).
std::string Nest::end_text(std::size_t loop, const Bound& bound, bool is_low) const {
  Affine rest = Index{-1} * bound.at;
  const auto own = std::ranges::find_if(
      rest.parts, [=](const auto& part) { return !part.table && part.loop.index == loop; });
  const Index step = -own->step;
  rest.parts.erase(own);
  rest.start += (is_low ? 0 : bound.size) + step - 1;
  const std::string sum = text(rest);
  return step == 1 ? sum : fmt::format("{} / {}", closed(sum), step);
}

// `guards` are the bounds that the loop cannot keep by its ends.
std::string Nest::header(std::size_t loop, std::vector<const Bound*>& guards) const {
  const std::string name = loop_text(loop);
  std::string begin = "0", end = std::to_string(count(loop));
  for (const Bound& bound : bounds_) {
    if (last_loop(bound.at) != loop) continue;
    const auto is_own = [=](const Affine::Part& part) { return !part.table && part.loop.index == loop; };
    const auto own = std::ranges::find_if(bound.at.parts, is_own);
    const bool in_table = std::ranges::any_of(bound.at.parts, [&](const Affine::Part& part) {
      return part.table && names(Affine(*part.table), loop);
    });
    if (own == bound.at.parts.end() || own->per > 1 || own->step < 0 || in_table) {
      guards.push_back(&bound);
      continue;
    }
    if (bound.low)
      begin = fmt::format("{}({}, {})", program_.helper("max"), begin, end_text(loop, bound, true));
    if (bound.high)
      end = fmt::format("{}({}, {})", program_.helper("min"), end, end_text(loop, bound, false));
  }
  return fmt::format("for (int {0} = {1}; {0} < {2}; {0}++)", name, begin, end);
}

void Nest::write(std::string_view statement) const {
  for (const Bound& bound : bounds_) {
    if (last_loop(bound.at) == kNone) return;  // it stands outside, always
  }
  const bool is_block = statement.find('\n') != std::string_view::npos;
  std::vector<std::string_view> ends;
  for (const std::size_t loop : order_) {
    std::vector<const Bound*> guards;
    const std::string text_of_loop = header(loop, guards);
    const bool opens = !guards.empty() || (is_block && loop == order_.back());
    program_.open(text_of_loop + (opens ? " {" : ""));
    ends.push_back(opens ? "}" : "");
    for (const Bound* guard : guards) {
      const std::string at = text(guard->at);
      program_.line(fmt::format("if ({0} < 0 || {0} >= {1}) continue;", at, guard->size));
    }
  }
  if (is_block && order_.empty()) {
    program_.open("{");
    ends.push_back("}");
  }
  program_.line(statement);
  for (; !ends.empty(); ends.pop_back()) program_.close(ends.back());
}

std::string place_text(const Formula& formula, const Element& element, std::string_view name) {
  std::vector<std::string> places;
  for (const Affine& affine : element.at) {
    std::string sum;
    for (const Affine::Part& part : affine.parts) {
      std::vector<std::string> loops;
      for (const Loop loop : part.loops()) loops.push_back(formula.loops[loop.index].name);
      std::string term = loops.empty() ? "" : loops[0];
      if (part.table) term = fmt::format("{}[{}]", part.table->name, fmt::join(loops, ","));
      add_term(sum, part.step, part.per > 1 ? fmt::format("{} / {}", term, part.per) : term);
    }
    add_number(sum, affine.start);
    places.push_back(std::move(sum));
  }
  return fmt::format("{}[{}]", name, fmt::join(places, ", "));
}

}  // namespace reel::inline REEL_PRECISION::c
