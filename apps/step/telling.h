// What `step` itself says, in the language that is spoken.
#pragma once

#include <string>

#include "step/lesson.h"
#include "step/materials.h"

namespace reel::apps {

/// The story and what there is to try, in paragraphs.
std::string story_text(const Lesson& lesson);
/// The digits that a lesson reads, drawn for the terminal.
std::string picture_of(const Materials& materials);

/// Of the command `next`, in the list of commands; null behind the last lesson.
std::string help_of_next(const Lesson* next);
/// The error of `next` behind the last lesson.
std::string text_of_no_next();
/// Where a session ends.
std::string farewell(const Lesson& next);

}  // namespace reel::apps
