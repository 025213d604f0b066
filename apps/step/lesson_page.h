// The pages of lessons.
#pragma once

#include <filesystem>

#include <reel/core/inspect/page/page.h>

#include "step/course.h"
#include "step/scene.h"

namespace reel::apps {

/// What a page tells of a lesson, in each of its languages: title, story, commands and questions. A question for a
/// number that the scene does not have is a FormatError that names its line.
inspect::PageOptions page_of(const ToldLesson& lesson, const Scene& scene);

/// Writes NAME.html of every lesson, each with links to its neighbours, and index.html, which lists them and a
/// playground.html that lies there, to a folder that is made where it is missing.
void write_pages(const std::filesystem::path& folder, const DigitChoice& choice);

}  // namespace reel::apps
