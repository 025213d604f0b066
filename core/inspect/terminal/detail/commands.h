// The commands of the stepper, and those among them that change where its user stands. Internal to inspection.
#pragma once

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

enum class CommandKind {
  kLooks,
  kMoves,  ///< an empty line on a terminal repeats it
  kTells   ///< more than what is visible: not while a question is open
};

struct Command {
  std::string_view usage;  ///< its name and arguments: "s [n]"
  std::string_view alias;  ///< another name; "" for none
  std::string_view help;   ///< one line
  Answer (*run)(Session&, std::string_view arguments);
  CommandKind kind = CommandKind::kLooks;

  std::string_view name() const { return split_first(usage).first; }
  bool takes_arguments() const { return usage != name(); }
};

/// In the order of help.
const std::vector<Command>& commands();
/// The command of a line. An unknown one is an Error that suggests the nearest, and so are arguments to one
/// that takes none.
const Command& find_command(std::string_view line);

}  // namespace reel::inline REEL_PRECISION::inspect
