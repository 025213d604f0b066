#include <reel/core/inspect/terminal/stepper.h>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/core/error.h>
#include <reel/core/text/detail/wrap.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "support.h"

using namespace reel;
using inspect::Stepper;
using reel_test::ConvLesson;
using reel_test::Draw;

namespace {

// What a session in a pipe prints.
std::string transcript(const Tape& tape, Var loss, const std::string& commands,
                       inspect::StepperOptions options = {}) {
  Stepper stepper(tape, loss, options);
  std::istringstream in(commands);
  std::ostringstream out;
  inspect::run(stepper, in, out, true);
  return out.str();
}

// y = x; asked why, it fails.
class Throws : public Op {
 public:
  std::string_view name() const override { return "throws"; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].clone(); }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy().clone()); }
  bool explain(Explain&) const override { throw std::runtime_error("no idea why"); }
};

const std::string kOpening =
    "19 events, all of them done: `b` steps back, `goto 0` is the start, `help` lists the commands\n";

std::string answer_error_of(Stepper& stepper, const std::string& line) {
  return reel_test::error_of<Error>([&] { stepper.execute(line); });
}

// Everything that a session prints of a moment.
std::string state(Stepper& stepper, const Tape& tape) {
  std::string text = stepper.execute("where");
  for (const NodeInfo& node : tape.nodes()) {
    for (const char* what : {"print ", "grad "}) text += stepper.respond(what + node.name);
  }
  return text;
}

}  // namespace

TEST_CASE("A session in a pipe is a transcript") {
  const ConvLesson lesson;
  CHECK(transcript(lesson.tape, lesson.loss,
                   "why dw[0,1,0,1]\n\nb 3\n  wy dw\nwhy dw[0,1,0,1]\nquit\nwhere\n") ==
        kOpening +
            "(step) why dw[0,1,0,1]\n"
            "dw[0,1,0,1] = -4     input channel 1 -> output channel 0, kernel row 0, column 1\n"
            "  = sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]       4 products\n"
            "     n i j     dz     x   product  running\n"
            "     0 0 0      0     2      0        0    relu off (z = -24)\n"
            "     0 0 1      0     3      0        0    relu off (z = -8)\n"
            "     0 1 0      1     5      5        5\n"
            "     0 1 1   -1.5     6     -9       -4\n"
            "  stored -4    re-summed -4    difference 0\n"
            "(step) b 3\n"
            "event 16 of 19: dz from da by relu    next: dx from dz by conv2d\n"
            "dz [1,2,2,2]\n"
            "tensor([[[[ 0.0000,  0.0000],\n"
            "          [ 1.0000, -1.5000]],\n"
            "\n"
            "         [[ 1.0000, -1.0000],\n"
            "          [ 2.0000, -3.0000]]]])\n"
            "(step) wy dw\n"
            "error: there is no command \"wy\"; did you mean \"why\"?\n"
            "(step) why dw[0,1,0,1]\n"
            "error: dw is not yet computed at event 16 of 19; it comes at event 18: `until dw`\n"
            "(step) quit\n");
}

TEST_CASE("On a terminal nothing is echoed, and an empty line repeats the last move") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  std::istringstream in("goto 2\ns\nwhere\n\n");
  std::ostringstream out;
  inspect::run(stepper, in, out, false);
  CHECK_FALSE(stepper.finished());
  const std::string text = out.str();
  CHECK(text.starts_with(kOpening + "(step) event 2 of 19: w is given"));
  CHECK(text.find("(step) event 3 of 19: b is given    next: z = conv2d(x, w, b)\n(step) event 4 of 19") !=
        std::string::npos);
  CHECK(text.ends_with("\n(step) \n"));
}

TEST_CASE("Moves, looks and questions by their commands") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  stepper.execute("goto 0");
  CHECK(stepper.execute("fwd").starts_with("event 10 of 19: loss = "));
  CHECK(stepper.execute("break dz") == "breakpoints: dz\n");
  CHECK(stepper.execute("bwd").starts_with("breakpoint dz\nevent 16 of 19: "));
  CHECK(stepper.execute("bwd").starts_with("event 19 of 19: "));
  CHECK(stepper.execute("grad b") == stepper.execute("print db"));
  CHECK(stepper.execute("p dc") == "dc = -1\n");
  CHECK(stepper.execute("set c 2") == "c[0] 0 -> 2 at the next `rerun`\n");
  CHECK(stepper.execute("rerun").ends_with("loss 15 -> 17\n"));
  CHECK(stepper.execute("print dc") == "dc = 3\n");
  CHECK(stepper.execute("reset").ends_with("loss 17 -> 15\n"));
  CHECK(stepper.execute("why! db[0]") == stepper.execute("why db[0]"));
  CHECK(stepper.execute("quit").empty());
  CHECK(stepper.finished());
}

TEST_CASE("list shows all events and marks the last") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  stepper.execute("goto 4");
  const std::string text = stepper.execute("list");
  CHECK(text.find("    3  b is given                 [2]        conv_lesson.h:") != std::string::npos);
  CHECK(text.find("\n>   4  z = conv2d(x, w, b)        [1,2,2,2]  conv_lesson.h:") != std::string::npos);
  CHECK(text.find("\n   11  dloss = 1, the seed        []         conv_lesson.h:") != std::string::npos);
  CHECK(text.find("\n   19  db from dz by conv2d       [2]        conv_lesson.h:") != std::string::npos);
}

TEST_CASE("check shows backward beside differences, and the digits that the precision is good for") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  const std::string text = stepper.execute("check w[0,1,0,1]");
  CHECK(text.starts_with("dw[0,1,0,1]: backward -4, differences "));
  CHECK(text.ends_with(sizeof(Scalar) == 8 ? ": equal in 9 of the 9 digits that differences can tell\n"
                                           : ": equal in 3 of the 3 digits that differences can tell\n"));
  CHECK(stepper.execute("check dw[0,1,0,1]") == text);
  CHECK(stepper.execute("check w[0,1,0,1] 0.5").find("(h = 0.5)") != std::string::npos);
  CHECK(stepper.execute("check z[0,0,0,1] 9").ends_with("; 1 flip: a kink, not a bug\n  1 in a (relu)\n"));
  CHECK(answer_error_of(stepper, "check w[0,1,0,1] -1") == "check: the step h is more than 0, not -1");
  stepper.execute("goto 17");
  CHECK(answer_error_of(stepper, "check w[0,1,0,1]") ==
        "dw is not yet computed at event 17 of 19; it comes at event 18: `until dw`");
  stepper.execute("goto 9");
  CHECK(answer_error_of(stepper, "check input[0,0,0,0]") ==
        "loss is not yet computed at event 9 of 19; it comes at event 10: `until loss`");
  stepper.execute("goto 10");
  CHECK(stepper.execute("check input[0,0,0,0]").find("backward gives no gradient") != std::string::npos);
}

TEST_CASE("A gradient is checked when it is complete") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Var loss = sum(x * x);
  Stepper stepper(tape, loss);
  stepper.execute("b");
  CHECK(answer_error_of(stepper, "check x") ==
        "dx is not complete at event 6 of 7; its last contribution comes at event 7");
}

TEST_CASE("predict asks for a number, takes the next as the answer, and hides it until then") {
  const ConvLesson lesson;
  const std::string text = transcript(
      lesson.tape, lesson.loss,
      "predict on\ngoto 3\ns\nprint z\n56\nprint z\nhint\n8/2\nprint z[0,0,0,0]\ns\nskip\nskip\n5\n"
      "predict off\ns\n");
  for (const char* part :
       {"(step) s\nevent 4 of 19: z = conv2d(x, w, b)    next: a = relu(z)\nz[0,1,0,1] = ?\n",
        "(step) print z\nerror: z is hidden until you answer z[0,1,0,1] = ?; `skip` shows it\n",
        "(step) 56\nnot 56: try again; `hint` helps, `skip` shows it\n(step) print z\nerror: z is hidden",
        "(step) hint\n  = sum over c,u,v of ", "(step) 8/2\nright: z[0,1,0,1] = 4\n1 of 1 right\n",
        "(step) print z[0,0,0,0]\nz[0,0,0,0] = -24\n", "(step) skip\na[0,1,0,0] = ", "\na [1,2,2,2]\n",
        "(step) skip\nerror: there is no question to skip", "(step) 5\nerror: there is no command \"5\"",
        "next: c is given\nv [1,2,1,1]\n"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, part, " is not in ", text);
  }
  Stepper stepper(lesson.tape, lesson.loss);
  CHECK(answer_error_of(stepper, "predict maybe") == "predict is on or off: `predict on`");
}

TEST_CASE("While a question is open, nothing gives the answer away") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  stepper.execute("predict on");
  stepper.execute("set c 1");
  stepper.execute("goto 4");
  for (const char* command : {"why x[0,0,0,0]", "why! x[0,0,0,0]", "path x[0,0,0,0]", "uses x[0,0,0,0]",
                              "window z[0,0,0,0]", "matmul y", "rf z[0,0,0,0]", "check x[0,0,0,0]",
                              "break-it flip", "rerun", "reset", "html nowhere/step.html"}) {
    const std::string name = std::string(command).substr(0, std::string(command).find(' '));
    CHECK(answer_error_of(stepper, command) ==
          name + " could give it away: answer z[0,1,0,1] = ? first, or `skip`");
  }
  CHECK(answer_error_of(stepper, "abc") ==
        "there is no command \"abc\"; `help` lists them; z[0,1,0,1] = ? takes a number, or `skip`");
  CHECK(stepper.execute("print w[0,0,0,0]") == "w[0,0,0,0] = 0\n");
  CHECK(stepper.execute("cost").find("conv2d") != std::string::npos);
  CHECK(stepper.execute("+4") == "right: z[0,1,0,1] = 4\n1 of 1 right\n");
  CHECK(stepper.execute("rerun").find("nothing changed") == 0);
}

TEST_CASE("break-it is about a whole step") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  stepper.execute("goto 1");
  CHECK(answer_error_of(stepper, "break-it flip") ==
        "break-it needs the whole step, and this is event 1 of 19: `goto 19` first");
  stepper.execute("goto 19");
  CHECK(stepper.execute("break-it flip").starts_with("break-it flip: "));
}

TEST_CASE("What a user's op throws is an answer, and the session goes on") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {1})).named("x");
  const Var y = tape.apply(std::make_unique<Throws>(), {x}).named("y");
  Stepper stepper(tape, sum(y));
  CHECK_FALSE(stepper.failed());
  CHECK(stepper.respond("why y[0]") == "error: no idea why\n");
  CHECK(stepper.failed());
  CHECK(stepper.respond("print y") == "y = 1\n");
  stepper.execute("predict on");
  stepper.execute("goto 2");
  CHECK(stepper.respond("7") == "error: no idea why\n");
  CHECK(stepper.respond("skip") == "y = 1\n0 of 1 right\n");
}

TEST_CASE("A line that begins with # is a comment") {
  const ConvLesson lesson;
  CHECK(transcript(lesson.tape, lesson.loss, "# what is dc?\nprint dc\n") ==
        kOpening + "(step) # what is dc?\n(step) print dc\ndc = -1\n");
  Stepper stepper(lesson.tape, lesson.loss, {.json = true});
  CHECK(stepper.respond("#").empty());
  CHECK_FALSE(stepper.failed());
}

TEST_CASE("html takes a file and how many elements a tensor may have to be shown whole") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  CHECK(answer_error_of(stepper, "html") == "html needs the name of a file: `html step.html`");
  const reel_test::TempDir folder;
  CHECK(answer_error_of(stepper, "html " + (folder.path() / "step.html").string() + " 0") ==
        "write_page: max_elements is 0, 1 or more is wanted");
  CHECK(answer_error_of(stepper, "html nowhere/step.html 5").find("nowhere/step.html") != std::string::npos);
}

TEST_CASE("The page that html writes tells what the program gave for it") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss, {.page = {.title = "One step", .story = "A kernel slides."}});
  const reel_test::TempDir folder;
  const std::string path = (folder.path() / "step.html").string();
  stepper.execute("set b[0] 1");
  stepper.execute("rerun");
  stepper.execute("html " + path + " 5");
  const std::string page = reel_test::read_file(path);
  CHECK(page.find("<title>One step</title>") != std::string::npos);
  CHECK(page.find("\"story\":\"A kernel slides.\"") != std::string::npos);
}

TEST_CASE("Commands that are none, and what they say") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  CHECK(answer_error_of(stepper, "lsit") == "there is no command \"lsit\"; did you mean \"list\"?");
  CHECK(answer_error_of(stepper, "unbelievable") ==
        "there is no command \"unbelievable\"; `help` lists them");
  CHECK(answer_error_of(stepper, "where now") == "where stands alone, without \"now\"");
  CHECK(answer_error_of(stepper, "why") == "which tensor? `list` shows what there is");
  CHECK(answer_error_of(stepper, "why dq[0]") == "nothing is called \"dq\"; did you mean \"dx\"?");
  CHECK(answer_error_of(stepper, "why z[0,0,9,0]").find("its dimension 2 has the indices -2 to 1, not 9") !=
        std::string::npos);
  CHECK(answer_error_of(stepper, "why dinput[0,0,0,0]") ==
        "input gets no gradient: no variable and no trainable parameter leads to it");
  CHECK(answer_error_of(stepper, "help me").find("there is no command and no word \"me\"") !=
        std::string::npos);
  CHECK(stepper.execute("").empty());
}

TEST_CASE("A program has commands of its own") {
  const ConvLesson lesson;
  std::string asked;
  const auto lessons = [](std::string_view) { return std::string("  conv\n"); };
  const auto open_lesson = [&](std::string_view name) {
    if (name.empty()) throw Error("which lesson?");
    asked = name;
    return std::string();
  };
  const inspect::StepperOptions options{.commands = {{"lessons", "all lessons", lessons},
                                                     {"lesson NAME", "another lesson", open_lesson, true}}};
  CHECK(transcript(lesson.tape, lesson.loss, "lessons\nlesson\nlesson bias\nlessons\n", options) ==
        kOpening + "(step) lessons\n  conv\n(step) lesson\nerror: which lesson?\n(step) lesson bias\n");
  CHECK(asked == "bias");
  Stepper stepper(lesson.tape, lesson.loss, options);
  CHECK(stepper.execute("help lesson") == "  lesson NAME  another lesson\n");
  CHECK(stepper.completions("less") == std::vector<std::string>{"lesson", "lessons"});
  CHECK(answer_error_of(stepper, "lessosn") == "there is no command \"lessosn\"; did you mean \"lessons\"?");
  CHECK(answer_error_of(stepper, "lessons now") == "lessons stands alone, without \"now\"");
  CHECK(reel_test::error_of<Error>([&] {
          Stepper(lesson.tape, lesson.loss, {.commands = {{"q", "", lessons}}});
        }) == "stepper: the program's command \"q\" has the name of one that is there");
}

TEST_CASE("A session takes its lines from whoever reads them") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  std::vector<std::string> lines{"print dc", "print loss"}, prompts;
  std::ostringstream out;
  inspect::converse(
      stepper,
      [&](const std::string& prompt) -> std::optional<std::string> {
        prompts.push_back(prompt);
        if (prompts.size() > lines.size()) return std::nullopt;
        return lines[prompts.size() - 1];
      },
      out);
  CHECK(out.str() == kOpening + "dc = -1\nloss = 15\n\n");
  CHECK(prompts == std::vector<std::string>(3, "(step) "));
}

TEST_CASE("As JSON every line is an object") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 0})).named("x \xff\"\n");
  const Var loss = sum(log(x));
  std::istringstream lines(transcript(
      tape, loss, "print #0\nprint log\nwhy #1[1]\n\noops\nfwd\nlist\nhelp\nquit\n", {.json = true}));
  std::string line;
  std::vector<nlohmann::json> answers;
  while (std::getline(lines, line)) answers.push_back(nlohmann::json::parse(line));
  REQUIRE(answers.size() == 9);
  CHECK(answers[0]["data"]["events"] == 6);
  CHECK(answers[1]["command"] == "print #0");
  CHECK(answers[1]["time"] == 6);
  CHECK(answers[2]["data"]["values"] == nlohmann::json({0, "-inf"}));
  CHECK(answers[3]["data"]["value"] == "-inf");
  CHECK(answers[3]["text"].get<std::string>().find("log") != std::string::npos);
  CHECK(answers[4]["error"].get<std::string>().starts_with("there is no command \"oops\""));
  CHECK(answers[5]["time"] == 3);
  CHECK(answers[5]["data"]["event"]["kind"] == "forward");
  CHECK(answers[8]["command"] == "quit");
}

TEST_CASE("Colour is for negative numbers, where it is asked for") {
  const ConvLesson lesson;
  Stepper plain(lesson.tape, lesson.loss), coloured(lesson.tape, lesson.loss, {.colour = true});
  CHECK(plain.execute("print dc") == "dc = -1\n");
  CHECK(coloured.execute("print dc") == "dc = \x1b[31m-1\x1b[0m\n");
}

TEST_CASE("However a session comes to a time, it prints the same there") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  const char* tensors[] = {"z", "a", "y", "dz", "dw", "dy", "db"};
  std::map<std::string, std::string> seen;  // by what `where` says of the time
  Draw draw(1);
  for (int move = 0; move < 1000; move++) {
    const std::string n = std::to_string(draw(1, 6));
    const std::string moves[] = {"s " + n,
                                 "b " + n,
                                 "goto " + std::to_string(draw(0, 19)),
                                 std::string("until ") + tensors[draw(0, 6)],
                                 "fwd",
                                 "bwd",
                                 "s",
                                 "b"};
    const std::string command = moves[draw(0, 7)];
    stepper.respond(command);  // `until` may have nothing to run to
    const std::string now = state(stepper, lesson.tape);
    const auto [first, is_new] = seen.try_emplace(now.substr(0, now.find(':')), now);
    REQUIRE_MESSAGE(first->second == now, command);
  }
  CHECK(seen.size() == 20);
}

TEST_CASE("A step with NaN: break nan finds the first, and why tells of it") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {-1, 4})).named("x");
  const Var loss = sum(sqrt(x).named("root")).named("loss");
  const std::string text =
      transcript(tape, loss, "goto 0\nbreak nan\nbwd\nprint root\nbwd\nwhy loss\ncheck x[0]\n");
  for (const char* part :
       {"(step) bwd\nbreakpoint nan\nevent 2 of 6: root = sqrt(x)", "root [2]\ntensor([nan, 2.])\n",
        "(step) bwd\nbreakpoint nan\nevent 3 of 6: loss = sum(root)    next",
        "  first not finite term: root[0] = nan\n  stored nan    re-summed nan    both nan\n"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, part, " is not in ", text);
  }
}

TEST_CASE("A remark behind a command is left out, so that a line of a lesson can be pasted whole") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  CHECK(stepper.execute("print loss  # what is to fall") == stepper.execute("print loss"));
  CHECK(stepper.execute("  # a comment") == "");
}

TEST_CASE("Control characters of a command, a file's name or an op's words never reach the terminal") {
  const ConvLesson lesson;
  const std::string escape = "\x1b[A\x07", right_to_left = "\xe2\x80\xae", c1 = "\xc2\x9b", broken = "\xff";
  for (const std::string& bad : {escape, right_to_left, c1, broken}) {
    for (const std::string& line :
         {bad, "print " + bad, "why z[" + bad + "]", "break-it " + bad, "set z[0] " + bad, "goto " + bad,
          "break " + bad, "help " + bad, "html nowhere/" + bad}) {
      for (const bool json : {false, true}) {
        const std::string said = transcript(lesson.tape, lesson.loss, line + "\n", {.json = json});
        CHECK_MESSAGE(said.find(bad) == std::string::npos, line);
        CHECK(said.find("error") != std::string::npos);
      }
    }
  }
}

TEST_CASE("A text of any length is an error, not a long wait or a deep recursion") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  std::string grads, brackets = "why z", indices = "why z[";
  for (int i = 0; i < 60'000; i++) grads += "grad ";
  for (int i = 0; i < 60'000; i++) brackets += '[';
  for (int i = 0; i < 1'000'000; i++) indices += "0,";
  for (const std::string& line :
       {grads + "w", "help " + std::string(4'000'000, 'x'), brackets, indices + "0]",
        std::string(4'000'000, 'w'), "break-it " + std::string(4'000'000, 'f')}) {
    CHECK(answer_error_of(stepper, line.c_str()).find("commands have up to 10000") != std::string::npos);
  }
  std::string fits;
  while (fits.size() < 9'000) fits += "grad ";
  CHECK(answer_error_of(stepper, (fits + "w").c_str()).find("`grad` stands once") != std::string::npos);
  CHECK(answer_error_of(stepper, ("print " + std::string(9'000, 'w')).c_str()).find("nothing is called") !=
        std::string::npos);
  CHECK(stepper.execute("grad dz") == stepper.execute("grad z"));
}

TEST_CASE("A command that fails in its middle leaves the session where it was") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("x");
  const Var y = tape.apply(std::make_unique<Throws>(), {x}).named("y");
  Stepper stepper(tape, sum(y));
  stepper.execute("goto 1");
  stepper.execute("predict on");
  stepper.execute("s");
  const std::string before = stepper.execute("where");
  CHECK_THROWS(stepper.execute("77"));  // a wrong answer asks the op why
  CHECK(stepper.execute("where") == before);
  CHECK(answer_error_of(stepper, "print y").find("is hidden until you answer") != std::string::npos);
}

TEST_CASE("As JSON the answer to a line that is refused for its length is short") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss, {.json = true});
  const std::string answer = stepper.respond("print " + std::string(1'000'000, 'z'));
  CHECK(answer.size() < 10'000);
  CHECK(nlohmann::json::parse(answer)["command"].get<std::string>().starts_with("print zzz"));
}

TEST_CASE("Answers and errors fit the columns that there are") {
  const ConvLesson lesson;
  for (const std::size_t columns : {40u, 60u, 80u}) {
    Stepper stepper(lesson.tape, lesson.loss, {.columns = columns});
    std::string text = stepper.opening();
    for (const char* line :
         {"help", "list", "why dw[0,1,0,1]", "why z[0,0,0,0]", "rf y[0,0,1,1]", "print dq", "where",
          "window z[0,0,0,0]", "matmul y", "path x[0,1,1,1]", "uses x[0,1,1,1]", "cost", "break-it flip",
          "break-it no-bias-sum", "check w[0,0,0,0]", "set x[0,1,1,1] 7", "rerun", "reset"})
      text += stepper.respond(line);
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);) CHECK_MESSAGE(width_of(one) <= columns, one);
  }
}

TEST_CASE("Rows of numbers stay whole in a narrow terminal, words stand below them") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss, {.columns = 40});
  const auto shows = [&](const char* line, const char* part) {
    const std::string text = stepper.execute(line);
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  shows("why dw[0,1,0,1]",
        "\n  n  i  j    dz  x  product  running\n"
        "  0  0  0     0  2        0        0\n"
        "      relu off (z = -24)\n");
  shows("path x[0,1,1,1]",
        "\n  x[0,1,1,1]  -> z[0,0,1,0]\n"
        "      27% of 8 uses  w[0,1,0,1]\n"
        "      1 * 2 = 2\n");
  shows("list", "\nconv_lesson.h:");
  shows("list", "\n    4  z = conv2d(x, w, b)\n    [1,2,2,2]\n");
  Tape tape;
  const Var x = tape.variable(Tensor::full({1, 1, 9, 9}, Scalar(0.125)));
  const Var w = tape.input(Tensor::arange(9).reshape({1, 1, 3, 3}));
  Stepper wide(tape, sum(conv2d(x, w, {}, {.padding = 1})), {.columns = 40});
  const std::string flip = wide.execute("break-it flip");
  for (const char* part : {"\n    right dvariable[0,0]\n     8  15  15  15  15  15  15\n    21  36",
                           "\n    24!  33!  33!  33!  33!  33!  33!\n    27!  36",
                           "\n    shown are rows 0..7 of 9, columns\n"}) {
    CHECK_MESSAGE(flip.find(part) != std::string::npos, flip);
  }
}

TEST_CASE("A number behind the name of a page's file is never part of the name") {
  const ConvLesson lesson;
  Stepper stepper(lesson.tape, lesson.loss);
  for (const char* line : {"html p.html 99999999999999999999", "html p.html 1.5", "html p.html nan"}) {
    CHECK(answer_error_of(stepper, line).find("a whole number is wanted") != std::string::npos);
  }
}
