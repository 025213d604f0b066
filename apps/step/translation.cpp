#include "step/translation.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "step/lesson_parts.h"

namespace reel::apps {
namespace {

class Translator {
 public:
  Translator(Lesson lesson, std::string_view text, const std::string& file)
      : lesson_(std::move(lesson)), file_(file), parts_(read_parts(text, file)) {}

  Lesson translated() {
    for (const auto& [part, name] : {std::pair{&parts_.start, "start"}, {&parts_.program, "program"}}) {
      if (part->line > 0)
        wrong(part->line, fmt::format("a translation has no {}; it is that of {}", name, lesson_.file));
    }
    if (parts_.title.text.empty()) wrong(parts_.lines, "a translation has a title");
    if (parts_.story.text.empty() != lesson_.story.empty())
      wrong(parts_.lines,
            fmt::format("a translation has a story where {} has one, and else none", lesson_.file));
    lesson_.title = std::move(parts_.title.text);
    lesson_.story = std::move(parts_.story.text);
    translate_remarks();
    translate_questions();
    return std::move(lesson_);
  }

 private:
  [[noreturn]] void wrong(int line, std::string_view message) const { throw_at_line(file_, line, message); }

  // Those below "try", in their order; a command without a remark has none here either.
  void translate_remarks() {
    std::vector<Asked*> remarked;
    for (Asked& one : lesson_.tries) {
      if (!one.remark.empty()) remarked.push_back(&one);
    }
    check_number(parts_.tries, remarked, "remark", "try");
    for (std::size_t i = 0; i < remarked.size(); i++) {
      if (!parts_.tries[i].remark.empty())
        wrong(parts_.tries[i].number, "a remark of a translation stands alone, without a command and #");
      remarked[i]->remark = parts_.tries[i].text;
    }
  }

  // Those below "questions"; a number that is asked for without words has none here either.
  void translate_questions() {
    std::vector<Asked*> questions;
    for (Asked& one : lesson_.questions) {
      if (!one.text.empty()) questions.push_back(&one);
    }
    check_number(parts_.questions, questions, "question", "questions");
    for (std::size_t i = 0; i < questions.size(); i++) {
      const auto& [number, text, hint] = parts_.questions[i];
      if (hint.empty() != questions[i]->remark.empty())
        wrong(number, fmt::format("a hint, behind a #, is there where {} has one: {}", lesson_.file,
                                  questions[i]->text));
      questions[i]->text = text;
      questions[i]->remark = hint;
    }
  }

  void check_number(const std::vector<PartLine>& lines, const std::vector<Asked*>& wanted,
                    std::string_view what, std::string_view section) const {
    if (lines.size() == wanted.size()) return;
    const int line = lines.size() > wanted.size() ? lines[wanted.size()].number : parts_.lines;
    wrong(line, fmt::format("below {} stands a line for each {} of {}, {} in all; {} were found", section,
                            what, lesson_.file, wanted.size(), lines.size()));
  }

  Lesson lesson_;
  const std::string& file_;
  LessonParts parts_;
};

}  // namespace

Lesson translated(Lesson lesson, std::string_view text, const std::string& file) {
  return Translator(std::move(lesson), text, file).translated();
}

}  // namespace reel::apps
