// A step of training as a page to click through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// A command of the stepper that a page offers as a button, and what is said beside it:
/// {"window z[0,0,0,0]", "the products of the first window"}.
struct PageTry {
  std::string command, remark = {};
};
/// A number that is to be predicted, "dw[0,0,0,0]", with the question in words and a hint, where there are any.
struct PageQuestion {
  std::string number, text = {}, hint = {};
};
/// Another page: its address, as seen from this one, and its title.
struct PageLink {
  std::string address, title;
};

/// What a page tells in another language, "zh": in the place of its own words, with as many tries and questions.
struct PageTranslation {
  std::string language;
  std::string title = {};  ///< that of the page where empty
  std::string story = {};
  std::vector<PageTry> tries = {};
  std::vector<PageQuestion> questions = {};
  std::optional<PageLink> previous = {}, next = {};
};

struct PageOptions {
  std::string title = {};  ///< the name of the loss and its line where empty
  /// What the page tells, in paragraphs with an empty line between them. A name of a number in it, z[0,0,0,0], becomes
  /// a link to that number.
  std::string story = {};
  std::string start = {};  ///< the number or the command that it opens at: "dw[0,0,0,0]", "window z[0,0,0,0]"
  std::vector<PageTry> tries = {};
  std::vector<PageQuestion> questions = {};
  std::optional<PageLink> previous = {}, next = {};
  std::string contents = {};  ///< the address of the page that lists all of them
  std::vector<PageTranslation> translations = {};
  std::string language = {};  ///< "en" or "zh"; where empty that of the program, else of the reader's browser
  /// A tensor with more elements is shown by its statistics, a histogram, the 16 largest and a crop.
  Index max_elements = 65536;
};

/// Writes one HTML file that needs no server and no network: the graph, every value and gradient, each
/// number's reasons, all steps back and forth. `loss` is as in Trace. The file is replaced as a whole; an
/// IoError where it cannot be written, an Error where the page would have more than 64 MiB.
void write_page(const Tape& tape, Operand loss, const std::string& path, PageOptions options = {});
/// Of a trace, or a branch of one; its tape must be alive.
void write_page(const Trace& trace, const std::string& path, PageOptions options = {});
/// The same page as text, for who shows it himself.
std::string page_text(const Trace& trace, PageOptions options = {});

}  // namespace reel::inline REEL_PRECISION::inspect
