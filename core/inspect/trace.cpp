// Replays forward and backward op by op, and keeps what each event made.
#include <reel/core/inspect/trace.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/detail/trace_recording.h>
#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/parse.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

void check_position(std::size_t i, std::size_t count, std::string_view what) {
  if (i < count) return;
  throw Error(fmt::format("trace: there is no {} {}, they are 0 to {}", what, i, count - 1));
}

void check_element(const Trace& trace, std::size_t position, Index element) {
  check_position(position, trace.nodes().size(), "node");
  const TraceNode& node = trace.nodes()[position];
  if (element >= 0 && element < node.shape.numel()) return;
  throw ShapeError(fmt::format("trace: {} is {} and has {} elements, there is no element {}", node.name,
                               node.shape, node.shape.numel(), element));
}

std::vector<Change> changes_with(const Trace& trace, const Change& change) {
  check_element(trace, change.node, change.element);
  std::vector<Change> changes = trace.changes();
  changes.push_back(change);
  return changes;
}

// The position in "#3".
std::optional<std::size_t> position_in(std::string_view name, std::size_t count) {
  if (!name.starts_with('#')) return std::nullopt;
  const std::optional<std::size_t> position = parsed<std::size_t>(name.substr(1));
  return position && *position < count ? position : std::nullopt;
}

}  // namespace

std::string_view kind_name(Event::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames{"leaf", "forward", "seed", "backward"};
  return kNames[static_cast<std::size_t>(kind)];
}

Trace::Trace(const Tape& tape, Operand loss) : Trace(std::make_shared<const Recording>(tape, loss), {}) {}

Trace::Trace(std::shared_ptr<const Recording> recording, std::vector<Change> changes)
    : recording_(std::move(recording)), changes_(std::move(changes)), grad_events_(nodes().size()) {
  run_forward();
  run_backward();
}

void Trace::run_forward() {
  made_ = recording_->forward(changes_);
  totals_.resize(made_.size());
  for (std::size_t i = 0; i < made_.size(); i++) {
    events_.push_back({.kind = op(i) ? Event::Kind::kForward : Event::Kind::kLeaf, .node = i, .op = i});
  }
}

// In the order of Tape::backward.
void Trace::run_backward() {
  add_grad({.kind = Event::Kind::kSeed, .node = loss(), .op = loss()}, Tensor::ones(nodes()[loss()].shape));
  for (std::size_t i = loss() + 1; i-- > 0;) {
    if (!op(i) || !nodes()[i].wants_grad || grad_events_[i].empty()) continue;
    const std::vector<Tensor> gradients = recording_->backward(i, made_, dy_of(i));
    for (std::size_t k = 0; k < gradients.size(); k++) {
      if (!gradients[k].defined()) continue;
      add_grad({.kind = Event::Kind::kBackward, .node = nodes()[i].inputs[k], .op = i, .input = k},
               gradients[k]);
    }
  }
}

void Trace::add_grad(Event event, Tensor gradient) {
  std::vector<std::size_t>& earlier = grad_events_[event.node];
  Tensor total = gradient;
  if (!earlier.empty()) {
    total = totals_[earlier.back()].clone();
    kernels::add_in_place(total.mutable_data(), gradient.data(), total.numel());
  }
  earlier.push_back(events_.size());
  events_.push_back(event);
  made_.push_back(std::move(gradient));
  totals_.push_back(std::move(total));
}

// An element that was set is a constant: the op does not get its gradient.
Tensor Trace::dy_of(std::size_t node) const {
  Tensor dy = grad(node);
  if (!dy.defined()) return dy;
  for (const Change& change : changes_) {
    if (change.node != node) continue;
    dy = dy.clone();
    dy.mutable_data()[change.element] = 0;
  }
  return dy;
}

Tensor Trace::made_with(std::size_t event, std::size_t i, Tensor value) const {
  const Event& made = events_[event];
  std::vector<Tensor> values = made_;
  values[nodes()[made.op].inputs[i]] = std::move(value);
  return recording_->backward(made.op, values, dy_of(made.op))[made.input];
}

const std::vector<TraceNode>& Trace::nodes() const { return recording_->nodes(); }
std::size_t Trace::loss() const { return recording_->loss(); }

const Op* Trace::op(std::size_t node) const {
  check_position(node, nodes().size(), "node");
  return recording_->op(node);
}

OpFacts Trace::facts(std::size_t node) const { return op(node) ? recording_->facts(node, made_) : OpFacts(); }

std::vector<std::size_t> Trace::called(std::string_view text) const {
  const std::string name = printable(text);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < nodes().size(); i++) {
    if (nodes()[i].name == name) found.push_back(i);
  }
  const std::optional<std::size_t> position = position_in(name, nodes().size());
  if (found.empty() && position) found.push_back(*position);
  return found;
}

std::size_t Trace::find(std::string_view text) const {
  const std::string name = printable(text);
  const std::vector<std::size_t> found = called(text);
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    std::vector<std::string> names;
    for (const TraceNode& node : nodes()) names.push_back(node.name);
    throw Error(say("trace: nothing is called \"{}\"{}", name, suggestion(name, names)));
  }
  std::string list;
  for (const std::size_t i : found) {
    list += fmt::format("{}#{} {} ({})", list.empty() ? "" : ", ", i, nodes()[i].op, nodes()[i].where.text());
  }
  throw Error(
      say("trace: {} nodes are called \"{}\": {}; say which by its number, or give them names "
          "of their own with named(...)",
          found.size(), name, list));
}

Tensor Trace::value(std::size_t node, std::size_t time) const {
  check_position(node, nodes().size(), "node");
  return value_event(node) < time ? made_[value_event(node)] : Tensor();
}

Tensor Trace::grad(std::size_t node, std::size_t time) const {
  const std::vector<std::size_t>& events = grad_events(node);
  const auto after = std::lower_bound(events.begin(), events.end(), time);
  return after == events.begin() ? Tensor() : totals_[*(after - 1)];
}

const Tensor& Trace::made(std::size_t event) const {
  check_position(event, events_.size(), "event");
  return made_[event];
}

double Trace::number(std::size_t event, Index element) const {
  const Tensor& tensor = made(event);
  check_element(*this, events_[event].node, element);
  return tensor.data()[element];
}

const std::vector<std::size_t>& Trace::grad_events(std::size_t node) const {
  check_position(node, nodes().size(), "node");
  return grad_events_[node];
}

std::optional<Explanation> Trace::explain(std::size_t event, Index element, const TermSink& sink) const {
  check_position(event, events_.size(), "event");
  const Event& asked = events_[event];
  check_element(*this, asked.node, element);
  if (asked.kind == Event::Kind::kLeaf || asked.kind == Event::Kind::kSeed) return std::nullopt;
  const std::vector<Tensor> inputs = recording_->inputs_of(asked.op, made_);
  const TraceNode& node = nodes()[asked.op];
  Explain::Question question{.inputs = inputs,
                             .output = {},
                             .dy = {},
                             .of_input = {},
                             .element = element,
                             .input_names = {},
                             .output_name = node.name};
  for (const std::size_t input : node.inputs) question.input_names.push_back(nodes()[input].name);
  if (asked.kind == Event::Kind::kBackward) {
    question.dy = dy_of(asked.op);
    question.of_input = asked.input;
  }
  return recording_->explain(asked.op, std::move(question), sink);
}

std::string Trace::why_zero(std::size_t node, Index element) const {
  check_element(*this, node, element);
  if (is_set(node, element) && op(node)) return say("set: a constant");
  const std::vector<std::size_t>& events = grad_events(node);
  if (events.size() != 1 || number(events[0], element) != 0) return "";
  std::string note;
  std::optional<Index> passed;  // the element of dy that the op let through: what held it back came before
  const auto explanation = explain(events[0], element, [&](const Term& term) {
    note = std::string(term.note);
    if (term.a.of == Factor::Of::kOutputGradient && term.b.value != 0) passed = term.a.index;
  });
  if (!explanation || explanation->terms != 1 || explanation->sum != 0) return "";
  return passed ? why_zero(events_[events[0]].op, *passed) : note;
}

Trace Trace::with(std::size_t node, Index element, double value) const {
  return Trace(recording_, changes_with(*this, {node, element, value}));
}

bool Trace::is_set(std::size_t node, Index element) const {
  return std::ranges::any_of(
      changes_, [&](const Change& change) { return change.node == node && change.element == element; });
}

std::vector<Tensor> Trace::values_with(const Change& change) const {
  return recording_->forward(changes_with(*this, change));
}

}  // namespace reel::inline REEL_PRECISION::inspect
