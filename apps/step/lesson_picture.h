// What a lesson is about, as a small picture for the list of lessons.
#pragma once

#include <string>

#include "step/lesson.h"
#include "step/scene.h"

namespace reel::apps {

/// The number that the lesson's page opens at, framed in its tensor, and before it the tensors that it is made of, with
/// the elements framed that are read for it; of a receptive field the images that it leads through. An SVG in the
/// colours of theme.css. The lesson is the scene's.
std::string picture_of(const Lesson& lesson, const Scene& scene);

}  // namespace reel::apps
