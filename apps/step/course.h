// The lessons that lie in the program, and in files, in the languages that they are told in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/core/text/language.h>

#include "step/lesson.h"

namespace reel::apps {

struct ToldLesson {
  Lesson own;  ///< in the words of its file
  std::optional<Lesson> chinese = {};

  /// In the language that is spoken, see reel::language, where it is told in that.
  const Lesson& spoken() const { return language() == Language::kChinese && chinese ? *chinese : own; }
};

/// A lesson as it lies in the program, and its translation.
struct LessonFile {
  std::string_view name, text, chinese;
};
/// All of them, in the textbook's order (Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapters 7 and 8).
/// They are apps/lessons/*.lesson and apps/lessons/zh/*.lesson.
std::span<const LessonFile> lesson_files();
ToldLesson lesson_of(const LessonFile& file);

/// A lesson of one's own, translated where there is a file for that: zh/my.lesson beside my.lesson.
ToldLesson lesson_from(const std::string& path);

}  // namespace reel::apps
