#include <reel/core/inspect/stepper.h>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/colour.h>
#include <reel/core/inspect/terminal/commands.h>
#include <reel/core/inspect/terminal/session.h>
#include <reel/core/inspect/terminal/words.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::string_view kPrompt = "(step) ";

// One line of JSON. Names are a user's, and may be no UTF-8.
std::string json_line(std::string_view command, const Session& session, nlohmann::json fields) {
  fields["command"] = command;
  fields["time"] = session.time;
  return fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Answer answer_to(Session& session, std::string_view line) {
  if (session.question) {
    if (const std::optional<double> guess = parse_number(line)) {
      return grade(session.trace, *std::exchange(session.question, std::nullopt), *guess);
    }
  }
  return find_command(line).run(session, split_first(line).second);
}

}  // namespace

Stepper::Stepper(const Tape& tape, Var loss, StepperOptions options, Location where)
    : options_(options), session_(std::make_unique<Session>(Trace(tape, loss, where))) {}
Stepper::~Stepper() = default;

bool Stepper::finished() const { return session_->finished; }

std::string Stepper::opening() const {
  const std::size_t events = session_->time;
  std::string text = fmt::format(
      "{} events, all of them done: `b` steps back, `goto 0` is the start, `help` lists the commands\n",
      events);
  if (!options_.json) return text;
  return json_line("", *session_, {{"text", text}, {"data", {{"events", events}}}});
}

std::string Stepper::execute(std::string_view line) {
  line = trimmed(line);
  if (line.empty()) line = last_move_;
  if (line.empty()) return "";
  Answer answer = answer_to(*session_, line);
  if (!parse_number(line) && find_command(line).moves) last_move_ = std::string(line);
  if (options_.json) {
    return json_line(line, *session_, {{"text", answer.text}, {"data", std::move(answer.data)}});
  }
  return options_.colour ? coloured(answer.text) : answer.text;
}

std::string Stepper::respond(std::string_view line) {
  try {
    return execute(line);
  } catch (const Error& error) {
    if (options_.json) return json_line(trimmed(line), *session_, {{"error", error.what()}});
    return fmt::format("error: {}\n", error.what());
  }
}

void run(Stepper& stepper, std::istream& in, std::ostream& out, bool echo) {
  const bool prompts = !stepper.options().json;
  out << stepper.opening();
  std::string line;
  while (!stepper.finished()) {
    if (prompts && !echo) out << kPrompt << std::flush;
    if (!std::getline(in, line)) {
      if (prompts && !echo) out << '\n';
      break;
    }
    if (echo && trimmed(line).empty()) continue;
    if (prompts && echo) out << kPrompt << trimmed(line) << '\n';
    out << stepper.respond(line) << std::flush;
  }
}

void step(const Tape& tape, Var loss, StepperOptions options, Location where) {
  options.colour = options.colour || (isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr);
  Stepper stepper(tape, loss, options, where);
  run(stepper, std::cin, std::cout, isatty(STDIN_FILENO) == 0);
}

}  // namespace reel::inline REEL_PRECISION::inspect
