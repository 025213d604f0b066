// `why`: the terms of a number, their sum beside the stored one, event by event.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/detail/term_table.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kFirstRows = 40, kAllRows = 100'000;

// Two numbers that should be the same, and how far they are apart.
struct Comparison {
  std::string stored, sum, difference;
};

// With all the decimal digits that Scalar holds for sure, and more where it takes them to tell the two apart.
Comparison compared(double stored, double sum, double magnitude) {
  using Limits = std::numeric_limits<Scalar>;
  const auto texts = [&](int digits) {
    return Comparison{number_text(stored, digits), number_text(sum, digits), {}};
  };
  Comparison result = texts(Limits::digits10);
  if (result.stored == result.sum && stored != sum) result = texts(Limits::max_digits10);
  if (!std::isfinite(stored) && number_text(stored) == number_text(sum)) {
    result.difference = say("both {}", number_text(stored));
    return result;
  }
  const double difference = stored - sum, tolerance = sizeof(Scalar) == sizeof(double) ? 1e-12 : 1e-5;
  const bool rounding = std::abs(difference) <= tolerance * magnitude;
  result.difference = difference == 0 ? say("difference {}", number_text(difference))
                      : rounding      ? say("difference {}, within rounding", number_text(difference))
                                      : say("difference {}, MORE than rounding", number_text(difference));
  return result;
}

// How a number came to be by one event.
struct Told {
  std::string place;  // beside the number
  std::string body;   // the lines below it
  Json data;
};

class Teller {
 public:
  Teller(const Trace& trace, const ElementRef& element, Rows rows, std::size_t width)
      : trace_(trace), element_(element), rows_(rows), width_(width) {}

  Told tell(std::size_t event) const {
    const Event& e = trace_.events()[event];
    const TraceNode& op = trace_.nodes()[e.op];
    const Json data{{"kind", op.op}, {"value", trace_.number(event, element_.element)}};
    if (e.kind == Event::Kind::kLeaf) return {set() ? say("set by hand") : say("given: {}", op.op), "", data};
    if (e.kind == Event::Kind::kSeed) return {say("the seed: the loss changes as itself"), "", data};
    TermTable table(trace_, e.op, rows_ == Rows::kAll ? kAllRows : kFirstRows);
    const std::optional<Explanation> explanation =
        trace_.explain(event, element_.element, [&](const Term& term) { table.add(term); });
    if (!explanation) {
      return {set() ? say("set by hand") : "",
              say("  the op {} of {} ({}) has no explanation of it; an op of a program's own gives "
                  "one by a function or a formula in its facts(), or by explain()\n",
                  op.op, op.name, op.where.text()),
              data};
    }
    return explained(event, *explanation, table, data);
  }

 private:
  bool set() const { return !element_.gradient && trace_.is_set(element_.node, element_.element); }

  Told explained(std::size_t event, const Explanation& explanation, const TermTable& table, Json data) const {
    const double stored = trace_.number(event, element_.element);
    data.add({{"op", trace_.nodes()[trace_.events()[event].op].name},
              {"place", explanation.place},
              {"formula", explanation.formula},
              {"loop", explanation.loop},
              {"terms", table.data()},
              {"term_count", table.count()},
              {"sum", explanation.sum}});
    std::string body = fmt::format("  = {}       {}\n", explanation.formula, table.count_text(explanation));
    if (table.count() > 0) body += table.text(explanation, width_);
    body += more_text(table);
    if (!table.not_finite().empty()) body += say("  first not finite term: {}\n", table.not_finite());
    const Comparison both = compared(stored, explanation.sum, explanation.magnitude);
    if (set()) {
      return {say("set by hand; the op computes:"), body + say("  re-summed {}\n", both.sum), data};
    }
    body += say("  stored {}    re-summed {}    {}\n", both.stored, both.sum, both.difference);
    return {explanation.place, body, data};
  }

  std::string more_text(const TermTable& table) const {
    const Index more = table.count() - table.shown();
    if (more == 0) return "";
    if (table.count() > kAllRows) return say("     … {} more\n", more);
    return say("     … {} more; `why! {}` prints all\n", more, text_of(trace_, element_));
  }

  const Trace& trace_;
  const ElementRef& element_;
  Rows rows_;
  std::size_t width_;
};

std::string headline(const std::string& name, double value, const std::string& place) {
  return fmt::format("{} = {}{}{}\n", name, number_text(value), place.empty() ? "" : "     ", place);
}

}  // namespace

Answer why(const Trace& trace, const ElementRef& element, std::size_t time, Rows rows, std::size_t width) {
  const double value = existing(trace, element, time).data()[element.element];
  std::vector<std::size_t> events{trace.value_event(element.node)};
  if (element.gradient) {
    events = trace.grad_events(element.node);
    std::erase_if(events, [&](std::size_t event) { return event >= time; });
  }
  const std::string so_far = so_far_text(trace, element, time);
  const bool alone = events.size() == 1 && so_far.empty();
  const Teller teller(trace, element, rows, width);
  std::string place = so_far.empty() ? say("{} contributions", events.size()) : so_far, text;
  Json contributions = Json::array();
  double sum = 0, magnitude = 0;  // in double, beside what Scalar made of it
  for (std::size_t i = 0; i < events.size(); i++) {
    const Told told = teller.tell(events[i]);
    const double part = trace.number(events[i], element.element);
    sum += part;
    magnitude += std::abs(part);
    contributions.push_back(told.data);
    if (alone) {
      place = told.place;
    } else {
      text += headline(fmt::format("{}. {}", i + 1, event_text(trace, events[i])), part, told.place);
    }
    text += told.body;
  }
  if (!alone) {
    const Comparison both = compared(value, sum, magnitude);
    text += say("sum {}    stored {}    {}\n", both.sum, both.stored, both.difference);
  }
  Answer answer{headline(text_of(trace, element), value, place) + text, json_of(trace, element)};
  answer.data.add({{"value", value}, {"contributions", contributions}});
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect
