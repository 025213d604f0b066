// Where a user of the stepper stands. Internal to inspection.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <reel/core/inspect/page/page.h>
#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/breakpoints.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

struct Command;

/// Of the questions that were answered or given up, how many were answered right.
struct Score {
  int asked = 0, right = 0;
};

/// What the commands of the stepper read and change.
struct Session {
  explicit Session(Trace recorded);

  // Shared, so that to copy a session, as before each command, costs next to nothing.
  std::shared_ptr<const Trace> original;  ///< as the program recorded it
  std::shared_ptr<const Trace> current;   ///< what is looked at: a branch, where numbers were set
  std::size_t time;                       ///< of the current trace; at first its end
  std::vector<Change> pending;            ///< set, for the next rerun
  Breakpoints breakpoints;
  bool predicting = false;
  std::optional<Question> question;  ///< the tensor that it asks for is hidden
  Score score;
  const std::vector<Command>* commands = nullptr;  ///< all, where the program has some of its own
  bool finished = false;
  const PageOptions* page = nullptr;  ///< what a page tells beside the step, where anything
  std::size_t width = 0;              ///< characters that a line of an answer has room for; 0: any number

  const Trace& trace() const { return *current; }
  /// What a command names and may be shown: it exists, and no question is open on it. Errors: see `existing`.
  Tensor visible(TensorRef tensor) const;
  ElementRef visible_element(std::string_view text) const;
  /// The same of a value, where a gradient is an Error.
  ElementRef visible_value(std::string_view text) const;
};

}  // namespace reel::inline REEL_PRECISION::inspect
