// The step that a training stopped at, open to questions: as a page, and in the terminal's stepper.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/core/inspect/terminal/stepper.h>

#include "playground/session.h"

namespace reel::playground {

/// Which images of its batch a step is asked about.
enum class Asked { kFirst, kAll };

/// Of the next step of a session. It stays what it is when the session goes on.
class Inquiry {
 public:
  /// Answers are broken to fit into so many columns.
  Inquiry(Session& session, Asked images, std::size_t columns);

  /// What the page tells of this step.
  const inspect::PageOptions& told() const { return told_; }
  /// The page of inspect::write_page, as text.
  std::string page() const { return inspect::page_text(trace_, told_); }
  /// What the stepper answers to a line; an error is an answer, too.
  std::string respond(std::string_view line) { return stepper_.respond(line); }
  /// What stands above its answers.
  std::string opening() const { return stepper_.opening(); }

 private:
  Tape tape_;
  NextStep next_;
  inspect::Trace trace_;  // now: when the session goes on, the weights change
  inspect::PageOptions told_;
  inspect::Stepper stepper_;
};

}  // namespace reel::playground
