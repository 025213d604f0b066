// `set`, `rerun` and `reset`: what differs from the step as it was recorded.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// How a tensor differs between two traces.
struct NodeDifference {
  Index count = 0;
  Index largest = 0;  // the element that changed most
  double before = 0, after = 0;
};

NodeDifference difference(const Tensor& before, const Tensor& after) {
  NodeDifference result;
  double most = -1;
  for (Index i = 0; i < before.numel(); i++) {
    const double a = before.data()[i], b = after.data()[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    result.count++;
    const double change = std::isfinite(b - a) ? std::abs(b - a) : INFINITY;
    if (change > most) {
      most = change;
      result.largest = i;
      result.before = a;
      result.after = b;
    }
  }
  return result;
}

std::string arrow(double before, double after) {
  return fmt::format("{} -> {}", number_text(before), number_text(after));
}

// A trace at one of its times.
struct Moment {
  const Trace& trace;
  std::size_t time;

  // Undefined where it is not there.
  Tensor tensor(TensorRef ref) const {
    return ref.gradient ? trace.grad(ref.node, time) : trace.value(ref.node, time);
  }
};

// The tensors that changed, a row each.
class Changes {
 public:
  Changes(const Moment& before, const Moment& after) : before_(before), after_(after) {
    table_.add({say("tensor"), say("changed"), say("the largest change")});
    std::vector<TensorRef> done;
    for (const Trace* trace : {&after.trace, &before.trace}) {  // in the order in which they come to be
      for (std::size_t event = 0; event < trace->events().size(); event++) {
        const TensorRef made = made_by(*trace, event);
        if (std::ranges::find(done, made) != done.end()) continue;
        done.push_back(made);
        compare(made);
      }
    }
  }

  Answer answer(std::size_t width) const {
    Answer answer{rows_.empty() ? say("nothing changed\n") : table_.text(2, width), {{"changes", rows_}}};
    const TensorRef loss{after_.trace.loss()};
    if (before_.tensor(loss).defined() && after_.tensor(loss).defined()) {
      const double old_loss = before_.tensor(loss).item(), new_loss = after_.tensor(loss).item();
      answer.text += say("loss {}\n", arrow(old_loss, new_loss));
      answer.data.add({{"loss", {{"before", old_loss}, {"after", new_loss}}}});
    }
    return answer;
  }

 private:
  void compare(TensorRef ref) {
    const Tensor before = before_.tensor(ref), after = after_.tensor(ref);
    if (before.defined() && after.defined()) return add_difference(ref, before, after);
    if (before.defined()) add_lonely(ref, before, "before");
    if (after.defined()) add_lonely(ref, after, "after");
  }

  void add_difference(TensorRef ref, const Tensor& before, const Tensor& after) {
    const NodeDifference found = difference(before, after);
    if (found.count == 0) return;
    const ElementRef largest{ref, found.largest};
    table_.add({text_of(after_.trace, ref), say("{} of {}", found.count, after.numel()),
                fmt::format("{} {}", text_of(after_.trace, largest), arrow(found.before, found.after))});
    Json row = json_of(after_.trace, largest);
    row.add(
        {{"changed", found.count}, {"of", after.numel()}, {"before", found.before}, {"after", found.after}});
    rows_.push_back(row);
  }

  // A gradient that an op's backward gave in one of the two traces alone.
  void add_lonely(TensorRef ref, const Tensor& tensor, std::string_view when) {
    const std::string name = text_of(after_.trace, ref);
    table_.add({name, say("{0} of {0}", tensor.numel()),
                when == "before" ? say("there only before") : say("there only after")});
    rows_.push_back({{"tensor", name}, {"changed", tensor.numel()}, {"of", tensor.numel()}, {"only", when}});
  }

  Moment before_, after_;
  Table table_{"lll"};
  Json rows_ = Json::array();
};

// Looks at another trace from now on, and tells what changed by it. An op's backward may give more or fewer
// gradients there, so that it ends at another time.
Answer switch_to(Session& session, std::shared_ptr<const Trace> next) {
  const std::size_t end = next->events().size();
  const bool at_end = session.time == session.trace().events().size();
  const std::size_t time = at_end ? end : std::min(session.time, end);
  Answer answer = Changes({session.trace(), session.time}, {*next, time}).answer(session.width);
  session.current = std::move(next);
  session.time = time;
  return answer;
}

Trace branch_of(const Trace& trace, std::span<const Change> changes) {
  try {
    Trace branch = trace;
    for (const Change& change : changes) branch = branch.with(change.node, change.element, change.value);
    return branch;
  } catch (const std::exception& error) {  // of a user's op, too
    throw Error(say("rerun: {}; the step is as before, and what was set is dropped", error.what()));
  }
}

// "T[...] v" or "T[...] = v": the tensor, and the number as it was written.
std::pair<std::string_view, std::string_view> split_setting(std::string_view arguments) {
  const std::size_t equals = arguments.rfind('=');
  if (equals == std::string_view::npos) return split_last(arguments);
  const std::string_view number = trimmed(arguments.substr(equals + 1));
  if (!parse_number(number)) return split_last(arguments);  // it belongs to a name
  return {trimmed(arguments.substr(0, equals)), number};
}

}  // namespace

Answer set_value(Session& session, std::string_view arguments) {
  const auto [name, number] = split_setting(arguments);
  const std::optional<double> value = parse_number(number);
  if (!value) throw Error(say("set takes a number at its end, as in `set w[0] 1.5`, not \"{}\"", number));
  const ElementRef element = session.visible_value(name);
  const double before = session.trace().number(session.trace().value_event(element.node), element.element);
  std::erase_if(session.pending, [&](const Change& change) {
    return change.node == element.node && change.element == element.element;
  });
  session.pending.push_back({element.node, element.element, *value});
  Answer answer{say("{} {} at the next `rerun`\n", text_of(session.trace(), element), arrow(before, *value)),
                json_of(session.trace(), element)};
  answer.data.add({{"before", before}, {"after", *value}});
  return answer;
}

Answer rerun(Session& session) {
  if (session.pending.empty()) throw Error(say("nothing is set to rerun with; `set T[...] v` sets a number"));
  Trace branch = branch_of(session.trace(), std::exchange(session.pending, {}));
  return switch_to(session, std::make_shared<const Trace>(std::move(branch)));
}

Answer reset(Session& session) {
  session.pending.clear();
  Answer answer = switch_to(session, session.original);
  answer.text = say("back to the step as it was recorded\n") + answer.text;
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect
