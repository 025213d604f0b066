// Steps through the gradients of a lesson, forwards and backwards: which products made each number?
//
//   step                               the lessons, in the textbook's order
//   step conv                          one of them; `help` lists what can be asked, `quit` ends
//   step conv --lang zh                in Chinese
//   step my.lesson                     a lesson of your own: apps/lessons/README.md says how to write one
//   echo 'why dw[0,1,0,1]' | step conv an answer in a pipe, ends with
//                                      `  stored -4    re-summed -4    difference 0`
//   step conv -x questions.txt --json  the commands of a file, answers as JSON lines; the status is 1 where a
//                                      command failed, and lines that begin with # are comments
//
// A program of your own does the same with reel::inspect::step(tape, loss).
#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/stepper.h>
#include <reel/core/io/file.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/terminal.h>
#include <reel/core/text/detail/wrap.h>
#include <reel/core/text/language.h>

#include "common/output.h"
#include "common/program.h"
#include "step/course.h"
#include "step/functions.h"
#include "step/lesson_page.h"
#include "step/line_editor.h"
#include "step/scene.h"
#include "step/telling.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct Flags {
  CommonFlags common;
  std::string lesson, data, commands, pages, language = "en";
  bool list = false, ops = false, json = false;
};

// ---- Which lesson.

void print_list() {
  for (const LessonFile& file : lesson_files())
    print_text("{:<15}  {}\n", file.name, lesson_of(file).spoken().title);
}

void print_ops() {
  for (const Function& function : functions()) print_text("{}\n", function.signature);
}

// A name of the list, or a path.
ToldLesson lesson_called(const std::string& name) {
  if (name.ends_with(".lesson") || name.find('/') != std::string::npos) return lesson_from(name);
  std::vector<std::string> names;
  for (const LessonFile& file : lesson_files()) {
    if (file.name == name) return lesson_of(file);
    names.emplace_back(file.name);
  }
  throw UsageError(
      fmt::format("there is no lesson \"{}\"{} (step --list names them; a file's name ends in .lesson)", name,
                  suggestion(name, names)));
}

std::optional<ToldLesson> lesson_after(const ToldLesson& lesson) {
  const std::span<const LessonFile> files = lesson_files();
  const auto found = std::ranges::find(files, lesson.own.name, &LessonFile::name);
  if (found == files.end() || found + 1 == files.end()) return std::nullopt;
  return lesson_of(found[1]);
}

// ---- What stands above the session.

void print_story(const Lesson& lesson, const Scene& scene, const inspect::StepperOptions& options) {
  const std::string told = printable_lines(story_text(lesson));
  const std::string title = printable(lesson.title);
  if (options.json) {
    const nlohmann::json line{{"lesson", printable(lesson.name)}, {"title", title}, {"story", told}};
    print_text("{}\n", line.dump());
    return;
  }
  const std::string text = fmt::format("{}\n\n{}\n", title, told);
  print_text("{}{}", wrapped(text, options.columns), picture_of(scene.materials()));
}

// ---- The session.

inspect::StepperOptions options_for(const ToldLesson& lesson, const Scene& scene, const Flags& flags) {
  inspect::StepperOptions options = inspect::for_standard_output({.json = flags.json});
  options.page = page_of(lesson, scene);
  return options;
}

// Who types has a line editor; in a pipe lines come as they are.
void answer_user(inspect::Stepper& stepper) {
  if (!is_terminal(stdin) || !is_terminal(stdout))
    return inspect::run(stepper, std::cin, std::cout, !is_terminal(stdin));
  LineEditor editor;
  const auto completions = [&](const std::string& line) { return stepper.completions(line); };
  inspect::converse(
      stepper, [&](const std::string& prompt) { return editor.read(prompt, completions); }, std::cout);
}

// Answers until the user has enough, or asks for the next lesson: whether that.
bool converse(const Scene& scene, const Lesson* next, inspect::StepperOptions options) {
  bool goes_on = false;
  const auto go_on = [&](std::string_view) {
    if (!next) throw Error(text_of_no_next());
    return goes_on = true, std::string();
  };
  options.commands.push_back({"next", help_of_next(next), go_on, true});
  inspect::Stepper stepper(scene.tape(), scene.loss(), options);
  answer_user(stepper);
  if (next && !goes_on && is_terminal(stdout) && !options.json) print_text("{}\n", farewell(*next));
  return goes_on;
}

// Lesson after lesson, as long as the next one is asked for.
void play(ToldLesson lesson, const Flags& flags) {
  for (bool goes_on = true; goes_on;) {
    const Scene scene(lesson.own, {flags.common.seed, flags.data});
    inspect::StepperOptions options = options_for(lesson, scene, flags);
    print_story(lesson.spoken(), scene, options);
    std::optional<ToldLesson> next = lesson_after(lesson);
    goes_on = converse(scene, next ? &next->spoken() : nullptr, std::move(options));
    if (goes_on) lesson = std::move(*next);
  }
}

// The exit status: a script with a command that failed is an error.
int run_commands(const ToldLesson& lesson, const Flags& flags) {
  std::istringstream commands(read_bytes(flags.commands));
  const Scene scene(lesson.own, {flags.common.seed, flags.data});
  const inspect::StepperOptions options = options_for(lesson, scene, flags);
  print_story(lesson.spoken(), scene, options);
  inspect::Stepper stepper(scene.tape(), scene.loss(), options);
  inspect::run(stepper, commands, std::cout, true);
  return stepper.failed() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Steps through the gradients of a lesson, forwards and backwards.", "step"};
  app.footer("Example: step conv\nWithout a lesson: the list of them");
  Flags flags;
  app.add_option("lesson", flags.lesson, "Which lesson: its name, or a file of your own, my.lesson");
  app.add_flag("--list", flags.list, "Name the lessons, in the textbook's order, and end");
  app.add_option("--pages", flags.pages,
                 "Folder to write the page of every lesson to, each linked to the next, and a list of them")
      ->check(path_name());
  app.add_option("--lang", flags.language, "Language that is spoken: en, or zh for Chinese")
      ->check(CLI::IsMember({"en", "zh"}));
  app.add_flag("--ops", flags.ops, "Name the ops that a lesson's program may call, and end");
  app.add_option("-x,--commands", flags.commands,
                 "File of commands, in place of the terminal's; status 1 where one fails")
      ->check(path_name());
  app.add_flag("--json", flags.json, "Answers as JSON, one object a line");
  add_common_flags(app, flags.common);
  add_data_flag(app, flags.data);
  return run_program(app, argc, argv, [&] {
    apply_common_flags(flags.common);
    set_language(*language_of(flags.language));
    if (flags.ops) {
      print_ops();
    } else if (!flags.pages.empty()) {
      write_pages(flags.pages, {flags.common.seed, flags.data});
    } else if (flags.list || flags.lesson.empty()) {
      print_list();
    } else if (!flags.commands.empty()) {
      return run_commands(lesson_called(flags.lesson), flags);
    } else {
      play(lesson_called(flags.lesson), flags);
    }
    return 0;
  });
}
