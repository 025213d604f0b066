#include "step/lesson.h"

#include <utility>

namespace reel::apps {

std::vector<Lesson> lessons(const DigitChoice& choice) {
  std::vector<Lesson> all;
  for (std::vector<Lesson>& part :
       std::vector{convolution_lessons(), geometry_lessons(), layer_lessons(), network_lessons(choice)}) {
    for (Lesson& lesson : part) all.push_back(std::move(lesson));
  }
  return all;
}

}  // namespace reel::apps
