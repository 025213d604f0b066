// What a lesson is: a story, a step of training small enough to follow by hand, and what to ask of it. A lesson is a
// text file; apps/lessons/README.md says how to write one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "step/lesson_parts.h"

namespace reel::apps {

/// A line below "try" or "questions".
struct Asked {
  int line;
  std::string what;         ///< a command of the stepper / the number that is asked for
  std::string text = {};    ///< of a question: the question
  std::string remark = {};  ///< behind a #: what the command shows / a hint
};

struct Lesson {
  std::string name;        ///< as in `step NAME`
  std::string file;        ///< "one-channel.lesson": the places that the stepper shows are its lines
  std::string title = {};  ///< half a line for the list
  std::string start = {};  ///< the number or command that its page opens at
  std::string story = {};  ///< paragraphs, with an empty line between them
  Section program = {};
  std::vector<Asked> tries = {}, questions = {};
};

/// Reads a lesson's text. What is wrong is a FormatError: "my.lesson:3: ...".
Lesson read_lesson(std::string_view text, const std::string& file);

}  // namespace reel::apps
