// Asks for a number before it is shown. Internal to inspection.
#pragma once

#include <optional>
#include <string>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// One number of what an event made.
struct Question {
  std::size_t event;
  Index element;
};

/// A question about an event, always the same one; none about what is given.
std::optional<Question> ask(const Trace& trace, std::size_t event);
/// "dw[0,1,0,1] = ?"
std::string question_text(const Trace& trace, const Question& question);
/// Compares a guess with the number. Where it is wrong, tells the term that accounts for the difference: one
/// left out, of the wrong sign, added instead of multiplied, or counted although the op leaves it out; where
/// no single one does, all the first terms.
Answer grade(const Trace& trace, const Question& question, double guess, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
