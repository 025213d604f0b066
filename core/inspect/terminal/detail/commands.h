// The commands of the stepper, and those among them that change where its user stands. Internal to inspection.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/session.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Each says where the session then stands and, forward, what is new there: its numbers or, while predicting,
/// a question. `step_forward`, `run_to` and `run_until` stop at breakpoints; `run_to` an earlier time runs
/// from the start.
Answer step_forward(Session& session, std::string_view count);
Answer step_back(Session& session, std::string_view count);
Answer go_to(Session& session, std::string_view time);
Answer run_to(Session& session, std::size_t time);
/// To the next event that makes a tensor or adds to it.
Answer run_until(Session& session, std::string_view tensor);

/// "nan" adds a breakpoint and says where it was met first, if that is in the past; "off nan" removes it,
/// "off" all of them, "" only lists them.
Answer set_breakpoint(Session& session, std::string_view name);
/// "event 4 of 22: z = conv2d(x, w, b)    next: a = relu(z)"
Answer where(const Session& session);

/// "T[...] v" or "T[...] = v": notes a value for the next rerun, in place of an earlier one of the same
/// number. A gradient is an Error.
Answer set_value(Session& session, std::string_view arguments);
/// The step with what was set, and per tensor that exists at the session's time what changed by it. An Error
/// where nothing is set, and where the step fails with it: then the session is as before, with nothing set.
Answer rerun(Session& session);
/// Back to the step as the program recorded it.
Answer reset(Session& session);

/// A tensor, or a slice of it as in PyTorch, with its name and shape; one number as "loss = 15".
Answer print(const Session& session, std::string_view slice);

/// "on": moves ask a question before they show anything; "off": they show.
Answer predict(Session& session, std::string_view on_or_off);
/// An answer to the open question, which closes it where it is right or the last of three.
Answer take_answer(Session& session, double guess);
/// How to come to the answer of the open question: at first the formula, then its numbers as well.
Answer hint(Session& session);
/// Shows what the open question hides.
Answer skip(Session& session);
/// The number that a line answers a question with: "-4", "1.25", "1,25" or "5/4"; none where it is no number.
std::optional<double> parse_answer(std::string_view line);

/// All commands and the words of the glossary; of one of them, what it is.
Answer help(const Session& session, std::string_view word);

enum class CommandKind {
  kLooks,
  kMoves,  ///< an empty line on a terminal repeats it
  kTells   ///< more than what is visible: not while a question is open
};

/// Words that a command's arguments may begin with.
using ArgumentWords = std::vector<std::string> (*)(const Session&);

struct Command {
  std::string_view usage;  ///< its name and arguments: "s [n]"
  std::string_view alias;  ///< another name; "" for none
  std::string_view help;   ///< one line
  std::function<Answer(Session&, std::string_view arguments)> run;
  CommandKind kind = CommandKind::kLooks;
  ArgumentWords words = nullptr;

  std::string_view name() const { return split_first(usage).first; }
  bool is_called(std::string_view word) const { return word == name() || (!alias.empty() && word == alias); }
  bool takes_arguments() const { return usage != name(); }
};

/// The stepper's own, in the order of help; the same and behind them the program's.
const std::vector<Command>& commands();
const std::vector<Command>& commands_of(const Session& session);
/// That of them which a line calls. An unknown one is an Error that suggests the nearest, and so are arguments
/// to one that takes none.
const Command& find_command(const std::vector<Command>& commands, std::string_view line);

/// What the last word of a line may become: a command's name, or one of the words that its arguments begin
/// with.
std::vector<std::string> completions(const Session& session, std::string_view line);
/// Words for that: the names of tensors and their gradients; these, the kinds of ops, "nan", "zero-grad" and
/// "off"; commands and words of the glossary.
std::vector<std::string> tensor_words(const Session& session);
std::vector<std::string> breakpoint_words(const Session& session);
std::vector<std::string> help_words(const Session& session);

}  // namespace reel::inline REEL_PRECISION::inspect
