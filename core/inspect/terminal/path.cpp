// `path`: by the strongest use of a number, or the largest term of a gradient, op after op.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <cmath>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/inspect/terminal/detail/use.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// The use of a number that the loss feels most, among all of them.
struct Strongest {
  std::size_t op = 0;
  Index element = 0;
  double dy = 0, slope = 0, product = 0;
  std::string factor, note;
  double magnitude = 0;  // of all products
  Index uses = 0;

  bool passes() const { return product != 0; }  // also true of NaN
};

Strongest strongest_use(const Trace& trace, std::size_t node, Index element, std::size_t time) {
  Strongest best;
  for_each_use(trace, node, element, time, [&](const Use& use) {
    if (!use.dy) return;
    const double product = use.product();
    best.magnitude += std::abs(product);
    const bool larger = std::abs(product) > std::abs(best.product) || std::isnan(product);
    if (best.uses++ > 0 && (!larger || std::isnan(best.product))) return;
    best.op = use.op;
    best.element = use.element;
    best.dy = *use.dy;
    best.slope = use.slope;
    best.product = product;
    best.factor = use.term ? factor_name(trace, use.op, use.term->b) : number_text(use.slope);
    best.note = use.note();
  });
  return best;
}

class Path {
 public:
  Path(const Trace& trace, const ElementRef& from, std::size_t time)
      : trace_(trace), at_(from), time_(time) {}

  Answer follow(std::size_t width) && {
    const std::string start = here();
    const std::string head = head_text();
    table_.add(at_.gradient
                   ? Row{say("gradient"), "", say("share"), say("largest product"), "", ""}
                   : Row{say("number"), "", say("share"), say("factor"), say("gradient * factor"), ""});
    while (at_.node != trace_.loss() && step()) {
    }
    if (end_.empty())
      end_ = at_.gradient ? say("{} = {}, the seed", here(), number_text(number()))
                          : fmt::format("{} = {}", here(), number_text(number()));
    return {head + (steps_.empty() ? "" : table_.text(2, width)) + "  " + end_ + "\n",
            {{"start", start}, {"gradient", at_.gradient}, {"steps", steps_}, {"end", end_}}};
  }

 private:
  using Row = std::vector<std::string>;

  std::string here() const { return text_of(trace_, at_); }
  double number() const { return existing(trace_, at_, time_).data()[at_.element]; }

  // On to the reader; false where the path ends before the loss.
  bool step() {
    const Strongest best = strongest_use(trace_, at_.node, at_.element, time_);
    if (best.uses == 0) {
      end_ = say("ends at {}: nothing on the way to the loss moves with it", here());
      return false;
    }
    if (!best.passes()) {
      const std::string why = trace_.why_zero(at_.node, at_.element);
      end_ = why.empty() ? say("ends at {}: nothing gets through", here())
                         : say("ends at {}: nothing gets through, {}", here(), why);
      return false;
    }
    add(best);
    at_ = {{best.op, at_.gradient}, best.element};
    return true;
  }

  std::string head_text() const {
    if (at_.gradient) {
      return say("path from {} = {} to the seed: at each op the largest product, and its share of all\n",
                 here(), number_text(number()));
    }
    return say(
        "path from {} = {} to the loss: at each op the use that the loss feels most, and its share of all\n",
        here(), number_text(number()));
  }

  std::string share_text(double share, Index uses) const {
    if (uses == 1) return at_.gradient ? say("its one product") : say("its one use");
    if (at_.gradient) return say("{:.0f}% of {} products", 100 * share, uses);
    return say("{:.0f}% of {} uses", 100 * share, uses);
  }

  void add(const Strongest& best) {
    const TraceNode& op = trace_.nodes()[best.op];
    const std::string dy = text_of(trace_, ElementRef{{best.op, true}, best.element});
    const double share = std::abs(best.product) / best.magnitude;
    const std::string note = best.factor == number_text(best.slope) ? best.note : "";
    table_.add({here(), at_.gradient ? "= " + number_text(number()) : "-> " + element_name(op, best.element),
                share_text(share, best.uses),
                at_.gradient ? fmt::format("{} * {}", dy, best.factor) : best.factor,
                fmt::format("{} * {} = {}", number_text(best.dy), number_text(best.slope),
                            number_text(best.product)),
                note});
    steps_.push_back({{"name", here()},
                      {"value", number()},
                      {"reader", element_name(op, best.element)},
                      {"dy", best.dy},
                      {"factor", best.slope},
                      {"factor_name", best.factor},
                      {"product", best.product},
                      {"share", share},
                      {"of", best.uses},
                      {"note", best.note}});
  }

  const Trace& trace_;
  ElementRef at_;
  std::size_t time_;
  std::string end_;
  Table table_{"llllll"};
  Json steps_ = Json::array();
};

}  // namespace

Answer path(const Trace& trace, const ElementRef& from, std::size_t time, std::size_t width) {
  (void)trace.number(trace.value_event(from.node), from.element);  // a ShapeError where it is out of range
  // Something to go by must have been computed: the number's gradient, or that of what reads it.
  const bool by_own = from.gradient || !trace.grad_events(from.node).empty();
  existing(trace, {by_own ? from.node : trace.loss(), true}, time);
  return Path(trace, from, time).follow(width);
}

}  // namespace reel::inline REEL_PRECISION::inspect
