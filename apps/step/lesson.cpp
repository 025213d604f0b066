#include "step/lesson.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/inspect/terminal/detail/commands.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/words.h>
#include <reel/core/text/detail/wrap.h>

#include "step/syntax.h"

namespace reel::apps {
namespace {

constexpr std::array<std::string_view, 2> kFields{"title", "start"};
constexpr std::array<std::string_view, 4> kSections{"story", "program", "try", "questions"};

bool is_section(std::string_view line) { return std::ranges::find(kSections, line) != kSections.end(); }

// What stands behind the # of a remark.
std::string remark_of(std::string_view line) {
  std::string_view remark = line.substr(without_remark(line).size());
  remark.remove_prefix(std::min(remark.find('#'), remark.size()));
  return std::string(trimmed(remark.substr(std::min<std::size_t>(1, remark.size()))));
}

// What editors of Windows begin a file with.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

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

class LessonReader {
 public:
  explicit LessonReader(const std::string& file) {
    const std::filesystem::path path = file;
    lesson_.file = path.filename().string();
    lesson_.name = path.stem().string();
  }

  Lesson read(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    for (std::string& line : lines_of(text)) {
      line_++;
      std::ranges::replace(line, '\t', ' ');
      take(trimmed(line), line);
    }
    if (lesson_.title.empty()) wrong("a lesson has a title: title One kernel on one channel");
    if (lesson_.program.line == 0)
      wrong(
          "a lesson has a program: the word program in a line of its own, and below it lines such as z = "
          "conv2d(x, w)");
    lesson_.story = trimmed(lesson_.story);
    return std::move(lesson_);
  }

 private:
  [[noreturn]] void wrong(std::string_view message) const {
    throw_at({{}, lesson_.file.c_str(), line_}, message);
  }

  void take(std::string_view line, const std::string& whole) {
    if (is_section(line)) {
      begin(line);
    } else if (section_ == "story") {
      lesson_.story += fmt::format("{}\n", line);
    } else if (section_ == "program") {
      lesson_.program.text += whole + '\n';
    } else if (!line.empty() && !line.starts_with('#')) {
      take_line(line);
    }
  }

  void begin(std::string_view section) {
    if (std::ranges::find(begun_, section) != begun_.end())
      wrong(fmt::format("\"{}\" has begun before", section));
    begun_.push_back(std::string(section));
    section_ = section;
    if (section_ == "program") lesson_.program.line = line_ + 1;
  }

  void take_line(std::string_view line) {
    if (section_.empty()) return take_field(line);
    const std::string_view asked = trimmed(without_remark(line));
    if (section_ == "try") {
      want_command(asked);
      lesson_.tries.push_back({.line = line_, .what = std::string(asked), .remark = remark_of(line)});
    } else {
      const auto [number, text] = split_first(asked);
      lesson_.questions.push_back({line_, std::string(number), std::string(trimmed(text)), remark_of(line)});
    }
  }

  void want_command(std::string_view line) const {
    if (const std::optional<std::string> unknown = unknown_command(line)) wrong(*unknown);
  }

  void take_field(std::string_view line) {
    const auto [name, value] = split_first(trimmed(without_remark(line)));
    if (name == "title") {
      lesson_.title = trimmed(value);
    } else if (name == "start") {
      lesson_.start = trimmed(value);
      if (!split_first(lesson_.start).second.empty()) want_command(lesson_.start);  // else it may be a number
    } else {
      std::vector<std::string> words(kFields.begin(), kFields.end());
      words.insert(words.end(), kSections.begin(), kSections.end());
      wrong(fmt::format("one of {} is expected, \"{}\" was found{}", fmt::join(words, ", "), line,
                        suggestion(name, words)));
    }
  }

  Lesson lesson_;
  int line_ = 0;
  std::string section_;  // "" above the first
  std::vector<std::string> begun_;
};

}  // namespace

Lesson read_lesson(std::string_view text, const std::string& file) { return LessonReader(file).read(text); }

Lesson lesson_of(const LessonFile& file) {
  return read_lesson(file.text, fmt::format("{}.lesson", file.name));
}

}  // namespace reel::apps
