// Finds the uses of a number by the terms of its gradient, else by differences.
#include <reel/core/inspect/terminal/detail/use.h>
#include <reel/core/text/detail/say.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

class Uses {
 public:
  Uses(const Trace& trace, std::size_t node, Index element, std::size_t time,
       const std::function<void(const Use&)>& sink)
      : trace_(trace), node_(node), element_(element), time_(time), sink_(sink) {}

  // The gradients come op by op, from one that has the node for two of its inputs in two events.
  void explained() {
    std::vector<std::size_t> events;  // of one op
    const std::vector<std::size_t>& all = trace_.grad_events(node_);
    for (std::size_t i = 0; i < all.size(); i++) {
      if (trace_.events()[all[i]].kind != Event::Kind::kBackward) continue;
      const std::size_t op = op_of(all[i]);
      if (all[i] < time_) events.push_back(all[i]);
      if (i + 1 < all.size() && op_of(all[i + 1]) == op) continue;
      if (events.empty() || give_terms(op, events)) done_.push_back(op);
      events.clear();
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

  const std::vector<std::size_t>& unmoved() const { return unmoved_; }

 private:
  std::size_t op_of(std::size_t event) const { return trace_.events()[event].op; }

  // False where one of the events has no explanation.
  bool explain(const std::vector<std::size_t>& events, const TermSink& sink) const {
    return std::ranges::all_of(events, [&](std::size_t event) {
      const auto explanation = trace_.explain(event, element_, [&](const Term& term) {
        // What no element of dy makes is a 0 that nothing reads.
        if (term.a.of == Factor::Of::kOutputGradient) sink(term);
      });
      return explanation.has_value();
    });
  }

  // In two passes, for several terms may be of one element of the op's output, and are one use. What is kept
  // grows with the uses, not with the output, most of which does not read the number.
  bool give_terms(std::size_t op, const std::vector<std::size_t>& events) const {
    struct Sum {
      double slope = 0;
      Index terms = 0;
    };
    std::unordered_map<Index, Sum> sums;  // by element of the output
    const bool known = explain(events, [&](const Term& term) {
      Sum& sum = sums[term.a.index];
      sum.slope += term.b.value;
      sum.terms++;
    });
    if (!known) return false;
    explain(events, [&](const Term& term) {
      const Sum sum = std::exchange(sums[term.a.index], {});
      if (sum.terms == 0) return;  // given with the first of its terms
      sink_({.op = op,
             .element = term.a.index,
             .slope = sum.slope,
             .dy = term.a.value,
             .terms = sum.terms,
             .term = sum.terms == 1 ? &term : nullptr});
    });
    return true;
  }

  void compare(std::size_t op) {
    move();
    const Tensor dy = trace_.grad(op, time_);
    const Tensor &low = below_[op], &high = above_[op];
    bool moved = false;
    for (Index i = 0; i < low.numel(); i++) {
      const double difference = static_cast<double>(high.data()[i]) - low.data()[i];
      if (difference == 0) continue;
      moved = true;
      sink_({.op = op,
             .element = i,
             .slope = difference / distance_,
             .dy = dy.defined() ? std::optional<double>(dy.data()[i]) : std::nullopt,
             .terms = 0,
             .term = nullptr});
    }
    if (!moved) unmoved_.push_back(op);
  }

  // All values with the number moved; the step is that of check().
  void move() {
    if (!above_.empty()) return;
    const double x = trace_.number(trace_.value_event(node_), element_);
    const double h = std::cbrt(std::numeric_limits<Scalar>::epsilon()) * std::max(1.0, std::abs(x));
    below_ = trace_.values_with({node_, element_, x - h});
    above_ = trace_.values_with({node_, element_, x + h});
    distance_ = static_cast<double>(above_[node_].data()[element_]) - below_[node_].data()[element_];
  }

  const Trace& trace_;
  std::size_t node_;
  Index element_;
  std::size_t time_;
  const std::function<void(const Use&)>& sink_;
  std::vector<std::size_t> done_;  // ops that explained their uses, or will
  std::vector<std::size_t> unmoved_;
  std::vector<Tensor> below_, above_;
  double distance_ = 0;
};

}  // namespace

std::string Use::note() const {
  if (terms == 0) return say("by differences");
  return term ? std::string(term->note) : say("sum of {} terms", terms);
}

std::vector<std::size_t> for_each_use(const Trace& trace, std::size_t node, Index element, std::size_t time,
                                      const std::function<void(const Use&)>& sink) {
  Uses uses(trace, node, element, time, sink);
  uses.explained();
  uses.by_differences();
  return uses.unmoved();
}

}  // namespace reel::inline REEL_PRECISION::inspect
