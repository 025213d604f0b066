// A lesson told in another language.
#pragma once

#include <string>
#include <string_view>

#include "step/lesson.h"

namespace reel::apps {

/// The lesson with title, story, remarks and questions of a translation, the text of zh/NAME.lesson; program and commands
/// are its own. Where the two do not fit a FormatError names the translation's line.
Lesson translated(Lesson lesson, std::string_view text, const std::string& file);

}  // namespace reel::apps
