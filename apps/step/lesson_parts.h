// The parts of a lesson's file, also of a translation of one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reel::apps {

/// A part of the file: what stands in it, and the line of the file that it begins at.
struct Section {
  std::string text = {};
  int line = 0;  ///< 0: there is no such part
};

/// A line below "try" or "questions", and the remark behind its #.
struct PartLine {
  int number;
  std::string text, remark = {};
};

struct LessonParts {
  Section title = {}, start = {};
  Section story = {};  ///< paragraphs, with an empty line between them
  Section program = {};
  std::vector<PartLine> tries = {}, questions = {};
  int lines = 0;  ///< of the file
};

/// What is wrong is a FormatError that names `file` and line.
LessonParts read_parts(std::string_view text, const std::string& file);

/// A FormatError: "one-channel.lesson:14: ...".
[[noreturn]] void throw_at_line(const std::string& file, int line, std::string_view message);

}  // namespace reel::apps
