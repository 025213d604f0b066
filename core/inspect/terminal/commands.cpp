// The table of the commands, and those of them that need a few lines alone.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <optional>
#include <string>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/check.h>
#include <reel/core/inspect/page/page.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/inspect/terminal/detail/window.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

using Arguments = std::string_view;
using enum CommandKind;

// The gradient that is checked must be there, or where there is none the loss.
void require_checkable(const Session& session, std::size_t node) {
  const Trace& trace = session.trace();
  const bool has_gradient = !trace.grad_events(node).empty();
  const TensorRef needed = has_gradient ? TensorRef{node, true} : TensorRef{trace.loss(), false};
  session.visible(needed);
  require_complete(trace, needed, session.time);
}

// "T[...]" and the step, 0 for the usual one.
std::pair<ElementRef, double> parse_check(const Session& session, Arguments arguments) {
  const auto [name, last] = split_last(arguments);
  const std::optional<double> h = parse_number(last);
  if (!h || name.empty()) return {session.visible_element(arguments), 0};
  if (*h > 0) return {session.visible_element(name), *h};
  throw Error(say("check: the step h is more than 0, not {}", last));
}

Answer check_number(Session& session, Arguments arguments) {
  const auto [element, h] = parse_check(session, arguments);
  require_checkable(session, element.node);
  const CheckResult result = check(session.trace(), element.node, element.element, h);
  const ElementRef gradient{{element.node, true}, element.element};
  Answer answer{fmt::format("{}: {}\n", text_of(session.trace(), gradient), result.text()),
                json_of(session.trace(), gradient)};
  answer.data.add({{"backward", result.analytic ? Json(*result.analytic) : Json()},
                   {"differences", result.numeric},
                   {"h", result.h},
                   {"digits", result.digits},
                   {"equal_digits", result.analytic ? Json(result.equal_digits()) : Json()}});
  Json flips_data = Json::array();
  for (const Flips& flips : result.flips) {
    const TraceNode& op = session.trace().nodes()[flips.node];
    answer.text += say("  {} in {} ({})\n", flips.count, op.name, op.op);
    flips_data.push_back({{"node", op.name}, {"count", flips.count}});
  }
  answer.data.add({{"flips", flips_data}});
  return answer;
}

// A question about one number of a value.
template <Answer (*F)(const Trace&, std::size_t node, Index element, std::size_t width)>
Answer of_value(Session& session, Arguments arguments) {
  const ElementRef number = session.visible_value(arguments);
  return F(session.trace(), number.node, number.element, session.width);
}

Answer matrices(Session& session, Arguments arguments) {
  const TensorRef tensor = parse_tensor(session.trace(), arguments);
  session.visible(tensor);
  return matmul_view(session.trace(), tensor.node, session.width);
}

// "FILE" or "FILE max_elements".
Answer html(Session& session, Arguments arguments) {
  PageOptions options = session.page ? *session.page : PageOptions();
  const auto [name, last] = split_last(arguments);
  const std::optional<Index> most = name.empty() ? std::nullopt : parse_integer(last);
  if (!name.empty() && !most && parse_number(last)) {
    throw Error(say("html: max_elements is {}, a whole number is wanted, 1 or more", last));
  }
  if (most) options.max_elements = *most;
  const std::string file(most ? name : arguments);
  if (file.empty()) throw Error(say("html needs the name of a file: `html step.html`"));
  write_page(session.trace(), file, options);
  return {say("wrote {}: open it in a browser\n", file), {{"file", file}}};
}

Answer quit(Session& session, Arguments) {
  session.finished = true;
  return {"", Json::object()};
}

}  // namespace

// Usage, another name, help, what it does, its kind, and with which words its arguments begin.
const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"s [n]", "step", sentence("forward by one event, or n"), step_forward, kMoves},
      {"b [n]", "back", sentence("back by one event, or n"), step_back, kMoves},
      {"goto N", "g", sentence("to the time after event N; 0 is the start"), go_to, kMoves},
      {"fwd", "", sentence("to the end of forward"),
       [](Session& s, Arguments) { return run_to(s, s.trace().nodes().size()); }, kMoves},
      {"bwd", "", sentence("to the end of backward"),
       [](Session& s, Arguments) { return run_to(s, s.trace().events().size()); }, kMoves},
      {"until T", "u", sentence("forward until a tensor comes to be or grows: until z, until dz"), run_until,
       kMoves, tensor_words},
      {"break [what]", "",
       sentence("stop forward moves at an op's kind, a tensor, nan or zero-grad; `break off [what]` clears"),
       set_breakpoint, kLooks, breakpoint_words},
      {"where", "w", sentence("which event was the last, and which is next"),
       [](Session& s, Arguments) { return where(s); }},
      {"list", "l", sentence("all events"),
       [](Session& s, Arguments) { return list(s.trace(), s.time, s.width); }},
      {"print T[slice]", "p", sentence("a tensor or a part of it: print dz, print z[0,:,1:3,-1]"),
       [](Session& s, Arguments a) { return print(s, a); }, kLooks, tensor_words},
      {"grad T[slice]", "", sentence("the same of its gradient"),
       [](Session& s, Arguments a) { return print(s, fmt::format("grad {}", a)); }, kLooks, tensor_words},
      {"why T[i,...]", "", sentence("the products that one number is the sum of"),
       [](Session& s, Arguments a) {
         return why(s.trace(), s.visible_element(a), s.time, Rows::kFirst, s.width);
       },
       kTells, tensor_words},
      {"why! T[i,...]", "", sentence("the same without cutting a long table"),
       [](Session& s, Arguments a) {
         return why(s.trace(), s.visible_element(a), s.time, Rows::kAll, s.width);
       },
       kTells, tensor_words},
      {"check T[i,...] [h]", "", sentence("its gradient beside the difference of two losses, h up and down"),
       check_number, kTells, tensor_words},
      {"path T[i,...]", "", sentence("the largest contribution, op by op, from a number to the loss"),
       [](Session& s, Arguments a) { return path(s.trace(), s.visible_element(a), s.time, s.width); }, kTells,
       tensor_words},
      {"uses T[i,...]", "", sentence("which numbers read it, and with which factor"),
       [](Session& s, Arguments a) { return uses(s.trace(), s.visible_value(a), s.time, s.width); }, kTells,
       tensor_words},
      {"window T[n,o,i,j]", "", sentence("a convolution's or a pooling's window, number by number"),
       of_value<window>, kTells, tensor_words},
      {"matmul T", "", sentence("a 1x1 convolution as a product of matrices"), matrices, kTells,
       tensor_words},
      {"rf T[n,c,i,j]", "", sentence("its receptive field: what it can see of what came before"),
       of_value<receptive_field>, kTells, tensor_words},
      {"cost", "", sentence("multiply-adds of each op, as nested loops"),
       [](Session& s, Arguments) { return cost(s.trace(), s.width); }},
      {"break-it what", "", sentence("a classical bug: flip, no-zero-grad, no-accumulate or no-bias-sum"),
       [](Session& s, Arguments a) { return break_it(s.trace(), a, s.time, s.width); }, kTells,
       [](const Session&) { return mistake_names(); }},
      {"set T[i,...] v", "", sentence("gives a number another value at the next rerun"), set_value, kLooks,
       tensor_words},
      {"rerun", "", sentence("the step with what was set, and what changed by it"),
       [](Session& s, Arguments) { return rerun(s); }, kTells},
      {"reset", "", sentence("back to the numbers of the program"),
       [](Session& s, Arguments) { return reset(s); }, kTells},
      {"predict on|off", "", sentence("moves ask for a number before they show any"), predict, kLooks,
       [](const Session&) {
         return std::vector<std::string>{"on", "off"};
       }},
      {"hint", "", sentence("how to answer a question: its formula, then its numbers"),
       [](Session& s, Arguments) { return hint(s); }},
      {"skip", "", sentence("shows what a question hides"), [](Session& s, Arguments) { return skip(s); }},
      {"html FILE [max_elements]", "",
       sentence("writes the step as a page for a browser; larger tensors are cropped; in FILE no # stands "
                "behind a "
                "blank"),
       html, kTells},
      {"help [word]", "h",
       sentence("this list, or what a command or another word is: help gradient; what stands behind a # is a "
                "remark"),
       [](Session& s, Arguments a) { return help(s, a); }, kLooks, help_words},
      {"quit", "q", sentence("ends"), quit},
  };
  return table;
}

const std::vector<Command>& commands_of(const Session& session) {
  return session.commands ? *session.commands : commands();
}

const Command& find_command(const std::vector<Command>& commands, std::string_view line) {
  const auto [name, arguments] = split_first(trimmed(line));
  std::vector<std::string> names;
  for (const Command& command : commands) {
    names.emplace_back(command.name());
    if (!command.is_called(name)) continue;
    if (command.takes_arguments() || arguments.empty()) return command;
    throw Error(say("{} stands alone, without \"{}\"", name, arguments));
  }
  throw Error(say("there is no command \"{}\"{}", name, suggestion(name, names, say("; `help` lists them"))));
}

}  // namespace reel::inline REEL_PRECISION::inspect
