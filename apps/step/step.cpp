// Steps through the gradients of a lesson, forwards and backwards: which products made each number?
//
//   step --list                        the lessons, in the textbook's order
//   step conv                          one of them; `help` lists what can be asked, `quit` ends
//   echo 'why dw[0,1,0,1]' | step conv an answer in a pipe, ends with
//                                      `  stored -4    re-summed -4    difference 0`
//   step conv -x questions.txt --json  the commands of a file, answers as JSON lines; the status is 1 where a
//                                      command failed, and lines that begin with # are comments
//
// A program of your own does the same with reel::inspect::step(tape, loss).
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reel/core/inspect/terminal/stepper.h>
#include <reel/core/io/file.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/wrap.h>

#include "common/output.h"
#include "common/program.h"
#include "step/lesson.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct Flags {
  CommonFlags common;
  std::string lesson, data, commands;
  bool list = false, json = false;
};

void print_list(const std::vector<Lesson>& all) {
  for (const Lesson& lesson : all) say("{:<15}  {}\n", lesson.name, lesson.title);
}

const Lesson& lesson_called(const std::string& name, const std::vector<Lesson>& all) {
  std::vector<std::string> names;
  for (const Lesson& lesson : all) {
    if (lesson.name == name) return lesson;
    names.emplace_back(lesson.name);
  }
  throw UsageError(
      fmt::format("there is no lesson \"{}\"{} (step --list names them)", name, suggestion(name, names)));
}

void print_story(const Lesson& lesson, const Scene& scene, const inspect::StepperOptions& options) {
  if (options.json) {
    const nlohmann::json line{{"lesson", lesson.name}, {"title", lesson.title}, {"story", lesson.story}};
    say("{}\n", line.dump());
    return;
  }
  say("{}\n", wrapped(fmt::format("{}\n{}", lesson.title, lesson.story), options.columns));
  if (!scene.picture.empty()) say("{}\n", scene.picture);
}

// The exit status: a script with a command that failed is an error.
int play(const Lesson& lesson, const Flags& flags) {
  bool failed = false;
  const inspect::StepperOptions options = inspect::for_standard_output({.json = flags.json});
  std::istringstream commands(flags.commands.empty() ? "" : read_bytes(flags.commands));
  lesson.play([&](const Scene& scene) {
    print_story(lesson, scene, options);
    if (flags.commands.empty()) return inspect::step(scene.tape, scene.loss, options);
    inspect::Stepper stepper(scene.tape, scene.loss, options);
    inspect::run(stepper, commands, std::cout, true);
    failed = stepper.failed();
  });
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Steps through the gradients of a lesson, forwards and backwards.", "step"};
  app.footer("Example: step conv\nThe lessons: step --list");
  Flags flags;
  app.add_option("lesson", flags.lesson, "Which lesson");
  app.add_flag("--list", flags.list, "Name the lessons, in the textbook's order, and end");
  app.add_option("-x,--commands", flags.commands,
                 "File of commands, in place of the terminal's; status 1 where one fails")
      ->check(path_name());
  app.add_flag("--json", flags.json, "Answers as JSON, one object a line");
  add_common_flags(app, flags.common);
  add_data_flag(app, flags.data);
  return run_program(app, argc, argv, [&] {
    apply_common_flags(flags.common);
    const std::vector<Lesson> all = lessons({flags.common.seed, flags.data});
    if (flags.list) {
      print_list(all);
    } else if (flags.lesson.empty()) {
      throw UsageError("which lesson, step --list names them");
    } else {
      return play(lesson_called(flags.lesson, all), flags);
    }
    return 0;
  });
}
