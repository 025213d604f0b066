// Finds and runs the command of a line; the loop that reads lines and prints answers.
#include <reel/core/inspect/terminal/stepper.h>

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/commands.h>
#include <reel/core/inspect/terminal/detail/session.h>
#include <reel/core/text/detail/colour.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/terminal.h>
#include <reel/core/text/detail/words.h>
#include <reel/core/text/detail/wrap.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::string_view kPrompt = "(step) ";
constexpr std::size_t kLongestLine = 10'000;

std::string json_line(std::string_view command, const Session& session,
                      std::initializer_list<Json::Member> fields) {
  Json line{{"command", command}, {"time", session.time}};
  line.add(fields);
  return line.text() + '\n';
}

// What a line is while a question is open, unless it is a number. What could give away what the question
// hides has to wait.
const Command& command_beside_question(const Session& session, std::string_view line) {
  const std::string question = question_text(session.trace(), *session.question);
  const Command* command = nullptr;
  try {
    command = &find_command(commands_of(session), line);
  } catch (const Error& error) {
    throw Error(say("{}; {} takes a number, or `skip`", error.what(), question));
  }
  if (command->kind != CommandKind::kTells) return *command;
  throw Error(say("{} could give it away: answer {} first, or `skip`", command->name(), question));
}

struct Reply {
  Answer answer;
  bool moves = false;  // by a command that an empty line repeats
};

Reply reply_to(Session& session, std::string_view line) {
  if (session.question) {
    if (const auto guess = parse_answer(line)) return {take_answer(session, *guess)};
  }
  const Command& command =
      session.question ? command_beside_question(session, line) : find_command(commands_of(session), line);
  return {command.run(session, split_first(line).second), command.kind == CommandKind::kMoves};
}

// The stepper's and the program's, which live in `options`.
std::vector<Command> all_commands(const StepperOptions& options) {
  std::vector<Command> all = commands();
  for (const ProgramCommand& own : options.commands) {
    const std::string_view name = split_first(own.usage).first;
    if (std::ranges::any_of(all, [&](const Command& other) { return other.is_called(name); })) {
      throw Error(
          fmt::format("stepper: the program's command \"{}\" has the name of one that is there", name));
    }
    all.push_back({own.usage, "", own.help, [&own](Session& session, std::string_view arguments) {
                     Answer answer{own.run(arguments), Json::object()};
                     session.finished = own.ends;
                     return answer;
                   }});
  }
  return all;
}

}  // namespace

Stepper::Stepper(const Tape& tape, Operand loss, StepperOptions options)
    : options_(std::move(options)),
      commands_(all_commands(options_)),
      session_(std::make_unique<Session>(Trace(tape, loss))) {
  session_->commands = &commands_;
  session_->page = &options_.page;
  if (!options_.json) session_->width = options_.columns;
}
Stepper::~Stepper() = default;

bool Stepper::finished() const { return session_->finished; }

std::vector<std::string> Stepper::completions(std::string_view line) const {
  return inspect::completions(*session_, line);
}

std::string Stepper::opening() const {
  const std::size_t events = session_->time;
  std::string text =
      say("{} events, all of them done: `b` steps back, `goto 0` is the start, `help` lists the commands\n",
          events);
  if (!options_.json) return wrapped(text, options_.columns);
  return json_line("", *session_, {{"text", text}, {"data", {{"events", events}}}});
}

std::string Stepper::execute(std::string_view line) {
  if (line.size() > kLongestLine) {
    throw Error(say("the line has {} bytes, commands have up to {}", line.size(), kLongestLine));
  }
  line = trimmed(line);
  if (line.empty()) line = last_move_;
  if (line.empty() || line.starts_with('#')) return "";
  line = without_remark(line);
  Session before = *session_;
  try {
    return answered(line);
  } catch (...) {
    *session_ = std::move(before);
    throw;
  }
}

std::string Stepper::answered(std::string_view line) {
  const auto [answer, moves] = reply_to(*session_, line);
  std::string move = moves ? std::string(line) : last_move_;
  std::string text =
      printable_lines(answer.text);  // what a user's op says, and a file's name, may hold anything
  if (options_.json) {
    text = json_line(line, *session_, {{"text", text}, {"data", answer.data}});
  } else {
    text = wrapped(text, options_.columns);
    if (options_.colour) text = coloured(text);
  }
  last_move_ = std::move(move);
  return text;
}

std::string Stepper::respond(std::string_view line) {
  try {
    return execute(line);
  } catch (const std::bad_alloc&) {
    return complaint(line, in_own_words("there is not enough memory for it"));
  } catch (const std::exception& error) {  // of a user's op, too
    return complaint(line, error.what());
  }
}

std::string Stepper::complaint(std::string_view line, std::string_view error) {
  failed_ = true;
  const std::string message = one_line(error);
  if (options_.json) return json_line(one_line(trimmed(line)), *session_, {{"error", message}});
  return wrapped(say("error: {}\n", message), options_.columns);
}

void converse(Stepper& stepper, const ReadLine& read_line, std::ostream& out) {
  const std::string prompt(stepper.options().json ? "" : kPrompt);
  out << stepper.opening() << std::flush;
  while (!stepper.finished()) {
    const std::optional<std::string> line = read_line(prompt);
    if (!line) {
      if (!prompt.empty()) out << '\n';
      break;
    }
    out << stepper.respond(*line) << std::flush;
  }
}

void run(Stepper& stepper, std::istream& in, std::ostream& out, bool echo) {
  std::string line;
  if (!echo) {
    return converse(
        stepper,
        [&](const std::string& prompt) {
          out << prompt << std::flush;
          return std::getline(in, line) ? std::optional(line) : std::nullopt;
        },
        out);
  }
  out << stepper.opening();
  while (!stepper.finished() && std::getline(in, line)) {
    if (trimmed(line).empty()) continue;
    if (!stepper.options().json) out << kPrompt << one_line(trimmed(line)) << '\n';
    out << stepper.respond(line) << std::flush;
  }
}

StepperOptions for_standard_output(StepperOptions options) {
  options.colour = options.colour || may_colour(stdout);
  if (options.columns == 0 && is_terminal(stdout))
    options.columns = static_cast<std::size_t>(terminal_columns());
  return options;
}

void step(const Tape& tape, Operand loss, StepperOptions options) {
  Stepper stepper(tape, loss, for_standard_output(std::move(options)));
  run(stepper, std::cin, std::cout, !is_terminal(stdin));
}

}  // namespace reel::inline REEL_PRECISION::inspect
