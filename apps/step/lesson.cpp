#include "step/lesson.h"

#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/detail/commands.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/words.h>

namespace reel::apps {
namespace {

// Nothing where the stepper has the command of a line, else what to type in its place.
std::optional<std::string> unknown_command(std::string_view line) {
  const std::string_view name = split_first(line).first;
  std::vector<std::string> names;
  for (const inspect::Command& command : inspect::commands()) {
    if (name == command.name() || name == command.alias) return std::nullopt;
    names.emplace_back(command.name());
  }
  return fmt::format("the stepper has no command \"{}\"{}", name,
                     suggestion(name, names, "; `help` in it lists them"));
}

void want_command(std::string_view text, int line, const std::string& file) {
  if (const std::optional<std::string> unknown = unknown_command(text)) throw_at_line(file, line, *unknown);
}

Asked try_of(const PartLine& line, const std::string& file) {
  want_command(line.text, line.number, file);
  return {.line = line.number, .what = line.text, .remark = line.remark};
}

Asked question_of(const PartLine& line) {
  const auto [number, text] = split_first(line.text);
  return {line.number, std::string(number), std::string(text), line.remark};
}

}  // namespace

Lesson read_lesson(std::string_view text, const std::string& file) {
  const std::filesystem::path path = file;
  Lesson lesson{.name = path.stem().string(), .file = path.filename().string()};
  LessonParts parts = read_parts(text, lesson.file);
  if (const bool is_command = !split_first(parts.start.text).second.empty(); is_command)  // else a number
    want_command(parts.start.text, parts.start.line, lesson.file);
  if (parts.title.text.empty())
    throw_at_line(lesson.file, parts.lines, "a lesson has a title: title One kernel on one channel");
  if (parts.program.line == 0) {
    throw_at_line(lesson.file, parts.lines,
                  "a lesson has a program: the word program in a line of its own, and below it lines such as "
                  "z = conv2d(x, w)");
  }
  lesson.title = std::move(parts.title.text);
  lesson.start = std::move(parts.start.text);
  lesson.story = std::move(parts.story.text);
  lesson.program = std::move(parts.program);
  for (const PartLine& line : parts.tries) lesson.tries.push_back(try_of(line, lesson.file));
  for (const PartLine& line : parts.questions) lesson.questions.push_back(question_of(line));
  return lesson;
}

}  // namespace reel::apps
