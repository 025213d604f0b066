#include <reel/core/inspect/terminal/branch.h>

#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/number.h>
#include <reel/core/inspect/terminal/table.h>
#include <reel/core/inspect/terminal/timeline.h>
#include <reel/core/inspect/terminal/words.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// How a tensor differs between two traces.
struct Difference {
  Index count = 0;
  Index largest = 0;  // the element that changed most
  double before = 0, after = 0;
};

Difference difference(const Tensor& before, const Tensor& after) {
  Difference result;
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

// Adds a row for a tensor that changed.
void compare(const Trace& before, const Trace& after, TensorRef tensor, std::size_t time, Table& table,
             nlohmann::json& data) {
  const std::optional<std::size_t> comes = first_time(after, tensor);
  if (!comes || *comes > time) return;
  const Tensor now = existing(after, tensor, time);
  const Difference found = difference(existing(before, tensor, time), now);
  if (found.count == 0) return;
  const ElementRef largest{tensor, found.largest};
  table.add({text_of(after, tensor), fmt::format("{} of {}", found.count, now.numel()),
             fmt::format("{} {}", text_of(after, largest), arrow(found.before, found.after))});
  nlohmann::json row = json_of(after, largest);
  row.update({{"changed", found.count},
              {"of", now.numel()},
              {"before", number_json(found.before)},
              {"after", number_json(found.after)}});
  data.push_back(std::move(row));
}

Answer changes(const Trace& before, const Trace& after, std::size_t time) {
  Table table("lll");
  table.add({"tensor", "changed", "most"});
  nlohmann::json rows = nlohmann::json::array();
  for (const bool gradient : {false, true}) {
    for (std::size_t node = 0; node < after.nodes().size(); node++) {
      compare(before, after, {node, gradient}, time, table, rows);
    }
  }
  Answer answer{rows.empty() ? "nothing changed\n" : table.text(2), {{"changes", rows}}};
  if (after.value(after.loss(), time).defined()) {
    const double old_loss = before.value(after.loss()).item(), loss = after.value(after.loss()).item();
    answer.text += fmt::format("loss {}\n", arrow(old_loss, loss));
    answer.data["loss"] = {{"before", number_json(old_loss)}, {"after", number_json(loss)}};
  }
  return answer;
}

}  // namespace

Answer set_value(Session& session, std::string_view arguments) {
  const auto [name, number] = split_last(arguments);
  const std::optional<double> value = parse_number(number);
  if (!value)
    throw Error(fmt::format("set takes a number at its end, as in `set w[0] 1.5`, not \"{}\"", number));
  const ElementRef element = session.visible_value(name);
  const double before = session.trace.number(session.trace.value_event(element.node), element.element);
  session.pending.push_back({element.node, element.element, *value});
  Answer answer{
      fmt::format("{} {} at the next `rerun`\n", text_of(session.trace, element), arrow(before, *value)),
      json_of(session.trace, element)};
  answer.data.update({{"before", number_json(before)}, {"after", number_json(*value)}});
  return answer;
}

Answer rerun(Session& session) {
  if (session.pending.empty()) throw Error("nothing is set to rerun with; `set T[...] v` sets a number");
  const Trace before = session.trace;
  for (const Change& change : session.pending) {
    session.trace = session.trace.with(change.node, change.element, change.value);
  }
  session.pending.clear();
  session.question.reset();
  return changes(before, session.trace, session.time);
}

Answer reset(Session& session) {
  const Trace before = std::exchange(session.trace, session.original);
  session.pending.clear();
  session.question.reset();
  Answer answer = changes(before, session.trace, session.time);
  answer.text = "back to the step as it was recorded\n" + answer.text;
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect
