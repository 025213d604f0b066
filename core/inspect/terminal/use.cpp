#include <reel/core/inspect/terminal/use.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

class Uses {
 public:
  Uses(const Trace& trace, std::size_t node, Index element, std::size_t time,
       const std::function<void(const Use&)>& sink)
      : trace_(trace), node_(node), element_(element), time_(time), sink_(sink) {}

  void explained() {
    for (const std::size_t event : trace_.grad_events(node_)) {
      const Event& made = trace_.events()[event];
      if (made.kind != Event::Kind::kBackward) continue;
      const bool happened = event < time_;
      if (!happened || trace_.explain(event, element_, [&](const Term& term) { give(made.op, term); })) {
        done_.push_back(made.op);
      }
    }
  }

  void by_differences() {
    for (std::size_t op = node_ + 1; op < trace_.nodes().size(); op++) {
      if (!trace_.value(op, time_).defined()) return;
      const auto& inputs = trace_.nodes()[op].inputs;
      const bool reads = std::ranges::find(inputs, node_) != inputs.end();
      if (reads && std::ranges::find(done_, op) == done_.end()) compare(op);
    }
  }

 private:
  void give(std::size_t op, const Term& term) {
    if (term.a.of != Factor::Of::kOutputGradient) return;  // a 0 that no element of dy makes
    sink_({.op = op, .element = term.a.index, .slope = term.b.value, .dy = term.a.value, .term = &term});
  }

  void compare(std::size_t op) {
    move();
    const Tensor dy = trace_.grad(op, time_);
    const Tensor &low = below_[op], &high = above_[op];
    for (Index i = 0; i < low.numel(); i++) {
      const double difference = static_cast<double>(high.data()[i]) - low.data()[i];
      if (difference == 0) continue;
      sink_({.op = op,
             .element = i,
             .slope = difference / distance_,
             .dy = dy.defined() ? std::optional<double>(dy.data()[i]) : std::nullopt,
             .term = nullptr});
    }
  }

  // All values with the number moved; the step is that of check().
  void move() {
    if (!above_.empty()) return;
    const double x = trace_.number(trace_.value_event(node_), element_);
    const double h = std::cbrt(std::numeric_limits<Scalar>::epsilon()) * std::max(1.0, std::abs(x));
    below_ = trace_.values_with({node_, element_, x - h});
    above_ = trace_.values_with({node_, element_, x + h});
    distance_ = static_cast<double>(std::as_const(above_[node_]).data()[element_]) -
                std::as_const(below_[node_]).data()[element_];
  }

  const Trace& trace_;
  std::size_t node_;
  Index element_;
  std::size_t time_;
  const std::function<void(const Use&)>& sink_;
  std::vector<std::size_t> done_;  // ops that explained their uses, or will
  std::vector<Tensor> below_, above_;
  double distance_ = 0;
};

}  // namespace

void for_each_use(const Trace& trace, std::size_t node, Index element, std::size_t time,
                  const std::function<void(const Use&)>& sink) {
  Uses uses(trace, node, element, time, sink);
  uses.explained();
  uses.by_differences();
}

std::string why_no_gradient(const Trace& trace, std::size_t node, std::size_t time) {
  const std::string& name = trace.nodes()[node].name;
  const std::vector<std::size_t>& events = trace.grad_events(node);
  if (events.empty()) return fmt::format("{} gets no gradient", name);
  if (events.front() < time) return "";
  return fmt::format("the gradient of {} is not yet computed at time {}: event {} makes it", name, time,
                     events.front());
}

}  // namespace reel::inline REEL_PRECISION::inspect
