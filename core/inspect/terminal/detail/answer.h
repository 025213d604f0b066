// What the commands of the stepper answer about a trace. Functions that take a `width` fit their text into so
// many characters a line; 0 is any width. Internal to inspection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/inspect/detail/json.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

struct Answer {
  std::string text;  ///< for people: lines, each ended by '\n'
  Json data;         ///< the same for programs: an object
};

/// A line for each event with its number, what it does, the shape of what it makes, and the program's line;
/// ">" marks the last that has happened at `time`.
Answer list(const Trace& trace, std::size_t time, std::size_t width = 0);

/// The tensor that an event made or added to, as it is then; of a large one, how to see it.
Answer print_made(const Trace& trace, std::size_t event);

/// For each op its multiply-adds (MACs) in one forward pass as nested loops, and its share of all of them; of
/// an op without any, how many elements it computes.
Answer cost(const Trace& trace, std::size_t width = 0);

enum class Rows { kFirst, kAll };  ///< of a table: a few dozen, or all terms up to 100,000

/// The terms that were summed for one number, with the running sum; of a gradient with several contributions
/// a table for each of those that there are at `time`, and their sum. Errors: see `existing`.
Answer why(const Trace& trace, const ElementRef& element, std::size_t time, Rows rows, std::size_t width = 0);

/// Follows an element of a node to the loss, at each op by the use that the loss feels most: the one with the
/// largest |dy * factor|. A line has the reader, the product's share of the sum of all magnitudes, and the
/// product.
///
/// Asked for an element of a gradient it is the same way, read in backward's direction: the largest of the
/// terms that were summed for it, the largest of those of that term's dy, and so on to the seed. It ends
/// before where nothing gets through, as at a relu that is off, and where nothing is known.
///
/// An Error where the gradient does not exist at `time`, for there is nothing to go by; only contributions
/// that were made by then count. An element of a node that gets no gradient, as of an input, has a first step
/// by differences; see for_each_use.
Answer path(const Trace& trace, const ElementRef& from, std::size_t time, std::size_t width = 0);

/// The numbers that read an element of a value, each with the factor by which the element moves it: the weight
/// of a product, the derivative of a function. Of many the first 32. Ops that have not run at `time` are
/// named alone. See for_each_use.
Answer uses(const Trace& trace, const ElementRef& number, std::size_t time, std::size_t width = 0);

/// The output of a conv1x1, or of a conv2d with a 1x1 kernel, as Y = W X + b for image 0: Y [C_out,pixels], W
/// [C_out,C_in], X [C_in,pixels]. A column is a pixel, in row-major order; with a stride those that it reads,
/// with padding also zeros, and with groups W has zeros outside of its blocks. Of a matrix at most 16 rows
/// and columns are shown. Another op's output is an Error.
Answer matmul_view(const Trace& trace, std::size_t node, std::size_t width = 0);

/// For each tensor on the way from the leaves to an element of a node, the rows and columns of its images
/// that the element depends on, how many pixels that are where nothing is cut off at the border, and how far
/// apart those of neighbouring pixels of the node lie (their jump): see
/// core/inspect/detail/receptive_field.h. A node that is a leaf has nothing before it, an Error.
Answer receptive_field(const Trace& trace, std::size_t node, Index element, std::size_t width = 0);

/// What a backward of one's own may get wrong, by name:
///   flip           the input's gradient of a convolution with the kernel not turned around
///   no-zero-grad   the gradients of the step before are still there; here those of the same step
///   no-accumulate  a gradient of several ops is only what the last of them made
///   no-bias-sum    a bias gets the gradient of its first place instead of the sum over all
/// Shows the first gradient, in the order of the events, that the mistake makes another: right and wrong
/// beside each other, what the differences of the loss say, and how the mistake is noticed. An Error where
/// the step has no place for the mistake, or none where it would show, for another name, and before the end
/// of the step.
Answer break_it(const Trace& trace, std::string_view mistake, std::size_t time = Trace::kEnd,
                std::size_t width = 0);
/// What such mistakes are called.
std::vector<std::string> mistake_names();

/// One number of what an event made.
struct Question {
  std::size_t event;
  Index element;
  int wrong = 0, hints = 0;  ///< answers and hints that were given
};

/// A question about an event, always the same one; none about what is given.
std::optional<Question> ask(const Trace& trace, std::size_t event);
/// "dw[0,1,0,1] = ?"
std::string question_text(const Trace& trace, const Question& question);
/// "dw[0,1,0,1] = -4"
std::string solution_text(const Trace& trace, const Question& question);
struct Grade {
  Answer answer;
  bool right;
  bool closes;  ///< the question: right, or the last try
};
/// Compares a guess with the number. Where it is wrong, tells the term that accounts for the difference: one
/// left out, of the wrong sign, added instead of multiplied, or counted although the op leaves it out. The
/// third wrong answer gets the number and, where no single term accounts for it, all the first terms.
Grade grade(const Trace& trace, const Question& question, double guess, std::size_t width = 0);
/// The formula of the number and how many terms it has; after the first hint also the terms' factors, where
/// there is something left to do with them.
Answer hint_at(const Trace& trace, const Question& question);

}  // namespace reel::inline REEL_PRECISION::inspect
