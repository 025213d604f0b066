// What a lesson is: a story, a step of training small enough to follow by hand, and what to ask of it. A lesson is a
// text file; apps/lessons/README.md says how to write one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel::apps {

/// A part of the file: what stands in it, and the line of the file that it begins at.
struct Section {
  std::string text = {};
  int line = 0;  ///< 0: there is no such part
};

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
  std::string title;       ///< half a line for the list
  std::string start = {};  ///< the number or command that its page opens at
  std::string story = {};  ///< paragraphs, with an empty line between them
  Section program = {};
  std::vector<Asked> tries = {}, questions = {};
};

/// Reads a lesson's text. What is wrong is a FormatError: "my.lesson:3: ...".
Lesson read_lesson(std::string_view text, const std::string& file);

/// A lesson as it lies in the program.
struct LessonFile {
  std::string_view name, text;
};
/// All of them, in the textbook's order (Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapters 7 and 8).
/// They are apps/lessons/*.lesson.
std::span<const LessonFile> lesson_files();
Lesson lesson_of(const LessonFile& file);

}  // namespace reel::apps
