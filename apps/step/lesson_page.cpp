#include "step/lesson_page.h"

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/element.h>

namespace reel::apps {

inspect::PageOptions page_of(const Lesson& lesson, const Scene& scene) {
  inspect::PageOptions page{.title = lesson.title, .story = lesson.story, .start = lesson.start};
  for (const Asked& one : lesson.tries) page.tries.push_back({one.what, one.remark});
  if (lesson.questions.empty()) return page;
  const inspect::Trace trace(scene.tape(), scene.loss());
  for (const Asked& one : lesson.questions) {
    with_label([&] { return fmt::format("{}:{}: a question", lesson.file, one.line); },
               [&] { inspect::parse_element(trace, one.what); });
    page.questions.push_back({one.what, one.text, one.remark});
  }
  return page;
}

}  // namespace reel::apps
