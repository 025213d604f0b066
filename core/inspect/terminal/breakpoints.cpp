// What a breakpoint is called, and whether an event meets it.
#include <reel/core/inspect/terminal/detail/breakpoints.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/not_finite.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::string_view kNan = "nan", kZeroGrad = "zero-grad";

bool all_zero(const Tensor& tensor) {
  return std::ranges::all_of(tensor.values(), [](Scalar value) { return value == 0; });
}

}  // namespace

void Breakpoints::add(const Trace& trace, std::string_view name) {
  Point point = parse(trace, name);
  if (std::ranges::none_of(points_, [&](const Point& other) { return same(point, other); })) {
    points_.push_back(std::move(point));
  }
}

void Breakpoints::remove(const Trace& trace, std::string_view name) {
  const Point point = parse(trace, name);
  if (std::erase_if(points_, [&](const Point& other) { return same(point, other); }) == 0) {
    throw Error(say("there is no breakpoint {}; `break` lists them", name));
  }
}

std::vector<std::string> Breakpoints::names() const {
  std::vector<std::string> result;
  for (const Point& point : points_) result.push_back(point.name);
  return result;
}

std::string Breakpoints::met_by(const Trace& trace, std::size_t event) const {
  const auto met =
      std::ranges::find_if(points_, [&](const Point& point) { return meets(trace, event, point); });
  return met == points_.end() ? "" : met->name;
}

std::optional<std::size_t> Breakpoints::first_met(const Trace& trace, std::string_view name) {
  const Point point = parse(trace, name);
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    if (meets(trace, event, point)) return event;
  }
  return std::nullopt;
}

Breakpoints::Point Breakpoints::parse(const Trace& trace, std::string_view name) {
  const bool is_kind = std::ranges::count(trace.nodes(), name, &TraceNode::op) > 0;
  Point point{std::string(name), {}};
  if (name != kNan && name != kZeroGrad && !is_kind) point.tensor = parse_tensor(trace, name);
  return point;
}

bool Breakpoints::same(const Point& a, const Point& b) {
  return a.tensor == b.tensor && (a.tensor || a.name == b.name);
}

bool Breakpoints::meets(const Trace& trace, std::size_t event, const Point& point) {
  const Event& e = trace.events()[event];
  const TensorRef made = made_by(trace, event);
  if (point.tensor) return point.tensor->node == made.node && point.tensor->gradient <= made.gradient;
  if (point.name == kNan) return !all_finite(existing(trace, made, event + 1));
  if (point.name == kZeroGrad) return made.gradient && all_zero(trace.made(event));
  return trace.nodes()[e.op].op == point.name;
}

}  // namespace reel::inline REEL_PRECISION::inspect
