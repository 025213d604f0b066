#include "step/telling.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>
#include <reel/core/text/detail/terminal.h>

#include "common/terminal.h"

namespace reel::apps {

std::string story_text(const Lesson& lesson) {
  if (lesson.tries.empty()) return lesson.story;
  Table table("ll");
  for (const Asked& one : lesson.tries) table.add({one.what, one.remark.empty() ? "" : "# " + one.remark});
  return fmt::format("{}\n\n{}\n{}", lesson.story, say("Try"), table.text(2));
}

std::string picture_of(const Materials& materials) {
  if (materials.digits.empty()) return "";
  std::vector<Tensor> images;
  std::vector<std::string> captions;
  for (std::size_t i = 0; i < materials.digits.size(); i++) {
    images.push_back(materials.digits[i].reshape({1, 28, 28}));
    captions.push_back(say("the digit {0}", materials.labels[i]));
  }
  return draw_images(images, captions, terminal_columns()) + "\n";
}

std::string help_of_next(const Lesson* next) {
  return next ? say("the next lesson: {0}", next->title)
              : say("the next lesson, which this one does not have");
}
std::string text_of_no_next() { return say("there is no lesson after this one"); }
std::string farewell(const Lesson& next) { return say("next: step {0}    {1}", next.name, next.title); }

}  // namespace reel::apps
