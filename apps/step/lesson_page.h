// What the page of a lesson tells.
#pragma once

#include <reel/core/inspect/page/page.h>

#include "step/lesson.h"
#include "step/scene.h"

namespace reel::apps {

/// Title, story, commands and questions. A question for a number that the scene does not have is a FormatError that
/// names its line.
inspect::PageOptions page_of(const Lesson& lesson, const Scene& scene);

}  // namespace reel::apps
