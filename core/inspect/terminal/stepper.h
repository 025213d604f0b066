// A terminal session that steps through the gradients of a program.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/inspect/page/page.h>
#include <reel/core/inspect/trace.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

struct Command;
struct Session;

/// A command of the program's own, beside those of the stepper: the next lesson of a course.
struct ProgramCommand {
  std::string usage;  ///< its name and arguments: "next", "lesson NAME"
  std::string help;   ///< one line
  /// Takes what stands behind the name and returns what it prints, lines that end in '\n'. What it throws is
  /// the answer to a bad command, as everywhere.
  std::function<std::string(std::string_view arguments)> run;
  bool ends = false;  ///< the session ends when it has run
};

struct StepperOptions {
  bool json = false;        ///< answers are JSON, an object a line
  bool colour = false;      ///< negative numbers and changes stand out
  std::size_t columns = 0;  ///< lines of answers are broken to fit; 0: never
  PageOptions page = {};    ///< what the pages that `html` writes tell beside the step
  std::vector<ProgramCommand> commands = {};
};

/// Answers the commands of the stepper about one step of training: `help` lists them. It starts at the end,
/// where everything is computed; `b` and `goto 0` lead back. The tape must live as long, and stays as it is.
///
/// As JSON an answer is {"command", "time", "text", "data"}, where `text` is what people would see and `data`
/// the same as an object; infinities and NaN are the strings "inf", "-inf" and "nan". Of an error it is
/// {"command", "time", "error"}.
class Stepper {
 public:
  /// Errors: see Trace; a program's command that is called as one of the stepper's.
  Stepper(const Tape& tape, Operand loss, StepperOptions options = {});
  ~Stepper();
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  /// What stands above a session: how many events there are, and how to get help.
  std::string opening() const;
  /// What a command prints, lines that end in '\n'. A bad command is an Error, and so is a line of more than
  /// 10,000 bytes; whatever is thrown, the session is then as before. An empty line repeats the last move.
  /// One that begins with # is a comment, and what follows a # behind a blank is a remark,
  /// where that is no node's number as in #3.
  std::string execute(std::string_view line);
  /// The same, where an error is the answer, also one that a user's op throws: "error: ..." as one line.
  std::string respond(std::string_view line);
  /// Whether respond ever had to answer with an error.
  bool failed() const { return failed_; }
  /// After `quit`.
  bool finished() const;
  const StepperOptions& options() const { return options_; }
  /// What the last word of a line may become, in the order of the alphabet: commands, names of tensors.
  std::vector<std::string> completions(std::string_view line) const;

 private:
  std::string answered(std::string_view line);
  std::string complaint(std::string_view line, std::string_view error);

  StepperOptions options_;
  std::vector<Command> commands_;
  std::unique_ptr<Session> session_;
  std::string last_move_;
  bool failed_ = false;
};

/// Shows a prompt and returns the line that a user types, without its end; nothing where the input ends.
using ReadLine = std::function<std::optional<std::string>(const std::string& prompt)>;
/// Answers the lines of a user until `quit` or their end, to `out`.
void converse(Stepper& stepper, const ReadLine& read_line, std::ostream& out);

/// Reads commands from `in` until `quit` or its end and writes the answers to `out`, errors too. With `echo`,
/// for an input that is no terminal, the commands are written as well, so that the output is a transcript,
/// and empty lines do nothing.
void run(Stepper& stepper, std::istream& in, std::ostream& out, bool echo);

/// What fits standard output, beside what `options` asks for: on a terminal colours, unless NO_COLOR is set
/// and not empty, and its columns.
StepperOptions for_standard_output(StepperOptions options = {});

/// Opens the stepper on standard input and output, with options for that.
///   reel::inspect::step(tape, loss);
void step(const Tape& tape, Operand loss, StepperOptions options = {});

}  // namespace reel::inline REEL_PRECISION::inspect
