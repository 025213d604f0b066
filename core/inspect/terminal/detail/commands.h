// The commands of the stepper. Internal to inspection.
#pragma once

#include <string_view>
#include <vector>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/session.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION::inspect {

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
