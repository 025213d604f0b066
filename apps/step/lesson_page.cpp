#include "step/lesson_page.h"

#include <filesystem>
#include <optional>
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
namespace {

std::vector<inspect::PageTry> tries_of(const Lesson& lesson) {
  std::vector<inspect::PageTry> tries;
  for (const Asked& one : lesson.tries) tries.push_back({one.what, one.remark});
  return tries;
}

std::vector<inspect::PageQuestion> questions_of(const Lesson& lesson, const Scene& scene) {
  std::vector<inspect::PageQuestion> questions;
  if (lesson.questions.empty()) return questions;
  const inspect::Trace trace(scene.tape(), scene.loss());
  for (const Asked& one : lesson.questions) {
    const inspect::ElementRef number =
        with_label([&] { return fmt::format("{}:{}: a question", lesson.file, one.line); },
                   [&] { return inspect::parse_element(trace, one.what); });
    questions.push_back({inspect::text_of(trace, number), one.text, one.remark});
  }
  return questions;
}

constexpr const char* kContents = "index.html";  // lists all pages

// To a lesson's page from that of its neighbour.
std::optional<inspect::PageLink> link_to(const Lesson& lesson) {
  return inspect::PageLink{lesson.name + ".html", lesson.title};
}

}  // namespace

inspect::PageOptions page_of(const ToldLesson& lesson, const Scene& scene) {
  const Lesson& own = lesson.own;
  inspect::PageOptions page{.title = own.title,
                            .story = own.story,
                            .start = own.start,
                            .tries = tries_of(own),
                            .questions = questions_of(own, scene)};
  if (const auto& chinese = lesson.chinese) {
    page.translations.push_back({.language = "zh",
                                 .title = chinese->title,
                                 .story = chinese->story,
                                 .tries = tries_of(*chinese),
                                 .questions = questions_of(*chinese, scene)});
  }
  return page;
}

void write_pages(const std::filesystem::path& folder, const DigitChoice& choice) {
  std::filesystem::create_directories(folder);
  std::vector<ToldLesson> lessons;
  for (const LessonFile& file : lesson_files()) lessons.push_back(lesson_of(file));
  std::vector<LessonCard> cards;
  for (std::size_t i = 0; i < lessons.size(); i++) {
    const Scene scene(lessons[i].own, choice);
    inspect::PageOptions page = page_of(lessons[i], scene);
    if (i > 0) {
      page.previous = link_to(lessons[i - 1].own);
      page.translations[0].previous = link_to(*lessons[i - 1].chinese);
    }
    if (i + 1 < lessons.size()) {
      page.next = link_to(lessons[i + 1].own);
      page.translations[0].next = link_to(*lessons[i + 1].chinese);
    }
    page.contents = kContents;
    const std::string address = link_to(lessons[i].own)->address;
    inspect::write_page(scene.tape(), scene.loss(), (folder / address).string(), std::move(page));
    cards.push_back({.address = address,
                     .english = {lessons[i].own.title, lessons[i].own.story},
                     .chinese = {lessons[i].chinese->title, lessons[i].chinese->story},
                     .picture = picture_of(lessons[i].own, scene)});
  }
  const std::string index = index_page(cards, std::filesystem::exists(folder / "playground.html"));
  const std::string_view pieces[] = {index};
  write_atomically((folder / kContents).string(), pieces);
}

}  // namespace reel::apps
