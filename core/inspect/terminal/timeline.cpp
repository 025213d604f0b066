// Events in words, and which tensors exist before and after each.
#include <reel/core/inspect/terminal/detail/timeline.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::string call_text(const Trace& trace, const TraceNode& node) {
  std::vector<std::string> inputs;
  for (const std::size_t input : node.inputs) inputs.push_back(trace.nodes()[input].name);
  return fmt::format("{} = {}({})", node.name, node.op, fmt::join(inputs, ", "));
}

[[noreturn]] void throw_missing(const Trace& trace, TensorRef tensor, std::size_t time, std::size_t comes) {
  const std::string name = text_of(trace, tensor);
  throw Error(say("{} is not yet computed at event {} of {}; it comes at event {}: `until {}`", name, time,
                  trace.events().size(), comes, name));
}

// Why nothing was added to the gradient of a node that wants one: an op on the way to the loss gave it none,
// or there is no way.
std::string no_gradient_reason(const Trace& trace, std::size_t node) {
  std::vector<bool> waits(trace.nodes().size());  // for a gradient from its readers
  waits[node] = true;
  for (std::size_t reader = node + 1; reader < trace.nodes().size(); reader++) {
    const TraceNode& op = trace.nodes()[reader];
    const auto read = std::ranges::find_if(op.inputs, [&](std::size_t input) { return waits[input]; });
    if (!op.wants_grad || read == op.inputs.end()) continue;
    if (trace.grad_events(reader).empty()) {
      waits[reader] = true;
      continue;
    }
    if (*read == node) return say("the backward of {} ({}) gave it none", op.name, op.op);
    return say("the backward of {} ({}) gave {} none", op.name, op.op, trace.nodes()[*read].name);
  }
  return say("the loss does not depend on it");
}

}  // namespace

TensorRef made_by(const Trace& trace, std::size_t event) {
  const Event& made = trace.events()[event];
  return {made.node, made.kind == Event::Kind::kSeed || made.kind == Event::Kind::kBackward};
}

std::string event_text(const Trace& trace, std::size_t event) {
  const Event& e = trace.events()[event];
  const TraceNode& node = trace.nodes()[e.node];
  switch (e.kind) {
    case Event::Kind::kLeaf:
      return say("{} is given", node.name);
    case Event::Kind::kForward:
      return call_text(trace, node);
    case Event::Kind::kSeed:
      return say("{} = 1, the seed", gradient_name(node.name));
    case Event::Kind::kBackward:
      break;
  }
  const TraceNode& op = trace.nodes()[e.op];
  const bool adds = trace.grad_events(e.node).front() != event;
  const std::string to = gradient_name(node.name), from = gradient_name(op.name);
  return adds ? say("{} += from {} by {}", to, from, op.op) : say("{} from {} by {}", to, from, op.op);
}

Json event_json(const Trace& trace, std::size_t event) {
  const Event& e = trace.events()[event];
  const TraceNode &node = trace.nodes()[e.node], &op = trace.nodes()[e.op];
  return {{"event", event + 1},
          {"kind", kind_name(e.kind)},
          {"tensor", text_of(trace, made_by(trace, event))},
          {"op", op.op},
          {"by", op.name},
          {"shape", node.shape.sizes()},
          {"where", op.where.text()}};
}

Answer list(const Trace& trace, std::size_t time, std::size_t width) {
  Table whole("lrlll"), by_line("lrll");  // of the program: where there is no room for its column
  Json rows = Json::array();
  std::string last_where;
  for (std::size_t i = 0; i < trace.events().size(); i++) {
    const Event& event = trace.events()[i];
    std::vector<std::string> row{i + 1 == time ? ">" : "", std::to_string(i + 1), event_text(trace, i),
                                 trace.nodes()[event.node].shape.text()};
    const std::string where = trace.nodes()[event.op].where.text();
    if (where != std::exchange(last_where, where)) by_line.add_line(where);
    by_line.add(row);
    row.push_back(where);
    whole.add(std::move(row));
    rows.push_back(event_json(trace, i));
  }
  std::string text = whole.text(0);
  if (!fits(text, width)) text = by_line.text(0, width);
  return {std::move(text), {{"events", rows}}};
}

std::optional<std::size_t> first_time(const Trace& trace, TensorRef tensor) {
  if (!tensor.gradient) return trace.value_event(tensor.node) + 1;
  const std::vector<std::size_t>& events = trace.grad_events(tensor.node);
  return events.empty() ? std::nullopt : std::optional(events.front() + 1);
}

Tensor existing(const Trace& trace, TensorRef tensor, std::size_t time) {
  const std::optional<std::size_t> comes = first_time(trace, tensor);
  if (!comes) {
    const TraceNode& node = trace.nodes()[tensor.node];
    throw Error(say("{} gets no gradient: {}", node.name,
                    node.wants_grad ? no_gradient_reason(trace, tensor.node)
                                    : say("no variable and no trainable parameter leads to it")));
  }
  if (*comes > time) throw_missing(trace, tensor, time, *comes);
  return tensor.gradient ? trace.grad(tensor.node, time) : trace.value(tensor.node, time);
}

void require_complete(const Trace& trace, TensorRef tensor, std::size_t time) {
  existing(trace, tensor, time);
  if (!tensor.gradient) return;
  const std::size_t last = trace.grad_events(tensor.node).back() + 1;
  if (last > time) {
    throw Error(say("{} is not complete at event {} of {}; its last contribution comes at event {}",
                    text_of(trace, tensor), time, trace.events().size(), last));
  }
}

std::string so_far_text(const Trace& trace, TensorRef tensor, std::size_t time) {
  if (!tensor.gradient) return "";
  const std::vector<std::size_t>& events = trace.grad_events(tensor.node);
  const auto count = std::ranges::lower_bound(events, time) - events.begin();
  return count == std::ssize(events) ? "" : say("{} of {} contributions so far", count, events.size());
}

}  // namespace reel::inline REEL_PRECISION::inspect
