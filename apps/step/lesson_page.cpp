#include "step/lesson_page.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/io/file.h>

#include "step/index_page.h"
#include "step/lesson_picture.h"

namespace reel::apps {

inspect::PageOptions page_of(const Lesson& lesson, const Scene& scene) {
  inspect::PageOptions page{.title = lesson.title, .story = lesson.story, .start = lesson.start};
  for (const Asked& one : lesson.tries) page.tries.push_back({one.what, one.remark});
  if (lesson.questions.empty()) return page;
  const inspect::Trace trace(scene.tape(), scene.loss());
  for (const Asked& one : lesson.questions) {
    const inspect::ElementRef number =
        with_label([&] { return fmt::format("{}:{}: a question", lesson.file, one.line); },
                   [&] { return inspect::parse_element(trace, one.what); });
    page.questions.push_back({inspect::text_of(trace, number), one.text, one.remark});
  }
  return page;
}

void write_pages(const std::filesystem::path& folder, const DigitChoice& choice) {
  std::filesystem::create_directories(folder);
  std::vector<Lesson> lessons;
  for (const LessonFile& file : lesson_files()) lessons.push_back(lesson_of(file));
  const auto link = [&](std::size_t i) {
    return inspect::PageLink{lessons[i].name + ".html", lessons[i].title};
  };
  std::vector<LessonCard> cards;
  for (std::size_t i = 0; i < lessons.size(); i++) {
    const Scene scene(lessons[i], choice);
    inspect::PageOptions page = page_of(lessons[i], scene);
    if (i > 0) page.previous = link(i - 1);
    if (i + 1 < lessons.size()) page.next = link(i + 1);
    page.contents = {"index.html", "All lessons"};
    inspect::write_page(scene.tape(), scene.loss(), (folder / link(i).address).string(), std::move(page));
    cards.push_back({link(i).address, lessons[i].title, lessons[i].story, picture_of(lessons[i], scene)});
  }
  const std::string index = index_page(cards, std::filesystem::exists(folder / "playground.html"));
  const std::string_view pieces[] = {index};
  write_atomically((folder / "index.html").string(), pieces);
}

}  // namespace reel::apps
