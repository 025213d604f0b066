#include "step/lesson_parts.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/utf8.h>
#include <reel/core/text/detail/words.h>
#include <reel/core/text/detail/wrap.h>

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

class PartsReader {
 public:
  explicit PartsReader(const std::string& file) : file_(file) {}

  LessonParts read(std::string_view text) {
    for (std::string& line : lines_of(without_byte_order_mark(text))) {
      parts_.lines++;
      std::ranges::replace(line, '\t', ' ');
      take(trimmed(line), line);
    }
    parts_.story.text = trimmed(parts_.story.text);
    return std::move(parts_);
  }

 private:
  [[noreturn]] void wrong(std::string_view message) const { throw_at_line(file_, parts_.lines, message); }

  void take(std::string_view line, const std::string& whole) {
    if (is_section(line)) {
      begin(line);
    } else if (section_ == "story") {
      parts_.story.text += fmt::format("{}\n", line);
    } else if (section_ == "program") {
      parts_.program.text += whole + '\n';
    } else if (!line.empty() && !line.starts_with('#')) {
      take_line(line);
    }
  }

  void begin(std::string_view section) {
    if (std::ranges::find(begun_, section) != begun_.end())
      wrong(fmt::format("\"{}\" has begun before", section));
    begun_.push_back(std::string(section));
    section_ = section;
    if (section_ == "story") parts_.story.line = parts_.lines + 1;
    if (section_ == "program") parts_.program.line = parts_.lines + 1;
  }

  void take_line(std::string_view line) {
    if (section_.empty()) return take_field(line);
    auto& lines = section_ == "try" ? parts_.tries : parts_.questions;
    lines.push_back({parts_.lines, std::string(trimmed(without_remark(line))), remark_of(line)});
  }

  void take_field(std::string_view line) {
    const auto [name, value] = split_first(trimmed(without_remark(line)));
    if (name == "title") {
      parts_.title = {std::string(value), parts_.lines};
    } else if (name == "start") {
      parts_.start = {std::string(value), parts_.lines};
    } else {
      std::vector<std::string> words(kFields.begin(), kFields.end());
      words.insert(words.end(), kSections.begin(), kSections.end());
      wrong(fmt::format("one of {} is expected, \"{}\" was found{}", fmt::join(words, ", "), line,
                        suggestion(name, words)));
    }
  }

  const std::string& file_;
  LessonParts parts_;
  std::string section_;  // "" above the first
  std::vector<std::string> begun_;
};

}  // namespace

LessonParts read_parts(std::string_view text, const std::string& file) {
  return PartsReader(file).read(text);
}

void throw_at_line(const std::string& file, int line, std::string_view message) {
  throw FormatError(fmt::format("{}:{}: {}", file, line, message));
}

}  // namespace reel::apps
