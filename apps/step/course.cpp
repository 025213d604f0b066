#include "step/course.h"

#include <filesystem>

#include <fmt/format.h>

#include <reel/core/io/file.h>

#include "step/translation.h"

namespace reel::apps {

ToldLesson lesson_of(const LessonFile& file) {
  const Lesson own = read_lesson(file.text, fmt::format("{}.lesson", file.name));
  return {own, translated(own, file.chinese, fmt::format("zh/{}", own.file))};
}

ToldLesson lesson_from(const std::string& path) {
  const std::filesystem::path file = path;
  const std::string translation = (file.parent_path() / "zh" / file.filename()).string();
  ToldLesson lesson{read_lesson(read_bytes(path), path)};
  if (std::filesystem::exists(translation))
    lesson.chinese = translated(lesson.own, read_bytes(translation), translation);
  return lesson;
}

}  // namespace reel::apps
