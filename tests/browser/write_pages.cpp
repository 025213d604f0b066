// Writes the pages that the browser tests look at: write_pages FOLDER
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/reel.h>

#include "conv_lesson.h"
#include "lenet_step.h"
#include "own_op.h"
#include "uniform.h"

using namespace reel;
using inspect::write_page;
using reel_test::own_op;
using reel_test::uniform;

namespace {

void lenet(const std::string& path) {
  const reel_test::LeNetStep step;
  write_page(step.tape, step.loss, path, {.title = "LeNet-5"});
}

// A fork: x reaches the sum directly and through two convolutions.
struct Block : Module {
  Conv2d& conv1 = add("conv1", Conv2d{2, 2, 3, {.padding = 1}});
  BatchNorm2d& norm = add("norm", BatchNorm2d{2});
  Conv2d& conv2 = add("conv2", Conv2d{2, 2, 3, {.padding = 1}});
  Var forward(Var x) override { return relu(x + conv2(relu(norm(conv1(x))))); }
};

void residual(const std::string& path) {
  seed(2);
  Block block;
  Tape tape;
  const Var x = tape.variable(uniform({1, 2, 4, 4}, -1, 1, 1)).named("x");
  const Var y = block(x);
  write_page(tape, mean(y * y).named("loss"), path, {.title = "A residual fork"});
}

// A fork of two branches whose channels are put together again.
struct Branches : Module {
  Conv1x1& narrow = add("narrow", Conv1x1{2, 2});
  Conv1x1& reduce = add("reduce", Conv1x1{2, 3});
  Conv2d& wide = add("wide", Conv2d{3, 4, 3, {.padding = 1}});
  Var forward(Var x) override { return relu(concat({narrow(x), wide(relu(reduce(x)))}, 1)); }
};

void branches(const std::string& path) {
  seed(2);
  Branches net;
  Linear head{6, 3};
  Tape tape;
  const Var x = tape.input(uniform({1, 2, 6, 6}, -1, 1, 1)).named("x");
  const Var logits = head(flatten(global_avg_pool2d(net(x)))).named("logits");
  write_page(tape, cross_entropy(logits, {1}).named("loss"), path, {.title = "Two branches"});
}

// More layers than fit side by side.
struct Deep : Module {
  std::vector<Block*> blocks;
  Deep() {
    for (int i = 0; i < 12; i++) blocks.push_back(&add("block" + std::to_string(i), Block{}));
  }
  Var forward(Var x) override {
    for (Block* block : blocks) x = (*block)(x);
    return x;
  }
};

void deep(const std::string& path) {
  seed(2);
  Deep net;
  Tape tape;
  const Var y = net(tape.input(uniform({1, 2, 4, 4}, -1, 1, 1)).named("x"));
  write_page(tape, mean(y * y).named("loss"), path, {.title = "Twelve blocks"});
}

// One weight that twenty steps share, and no layers to fold.
void recurrent(const std::string& path) {
  Tape tape;
  const Var w = tape.variable(uniform({3, 3}, -1, 1, 1)).named("w");
  const Var u = tape.variable(uniform({2, 3}, -1, 1, 2)).named("u");
  Var h = tape.input(Tensor::zeros({1, 3})).named("h");
  for (unsigned step = 0; step < 20; step++) {
    h = tanh(matmul(h, w) + matmul(tape.input(uniform({1, 2}, -1, 1, step)), u));
  }
  write_page(tape, mean(h * h).named("loss"), path, {.title = "Twenty steps"});
}

void strided(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(uniform({1, 4, 9, 8}, -1, 1, 1)).named("x");
  const Var w = tape.variable(uniform({4, 2, 3, 3}, -1, 1, 2)).named("w");
  const Var b = tape.variable(uniform({4}, -1, 1, 3)).named("b");
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 2, 0, 3}, .dilation = {1, 2}, .groups = 2};
  const Var z = conv2d(x, w, b, options).named("z");
  const Var pooled = max_pool2d(relu(z), 2, {.stride = 1}).named("pooled");
  write_page(tape, sum(pooled * pooled).named("loss"), path, {.title = "Stride, padding, dilation, groups"});
}

void hostile(const std::string& path) {
  constexpr const char* kName = "<img src=x onerror=\"globalThis.pwned=1\">";
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named(kName);
  const Var y = exp(x).named("</script><script>globalThis.pwned=2</script>");
  const Var loss = sum(y * x).named("__proto__");
  write_page(tape, loss, path, {.title = "</title><script>globalThis.pwned=3</script> & \"more\""});
}

void not_finite(const std::string& path) {
  Tape tape;
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Var x = tape.variable(Tensor::from({4}, {1, 0, -1, infinity})).named("x");
  const Var y = log(x).named("y");
  write_page(tape, mean(y * x).named("loss"), path, {.title = "NaN and infinity"});
}

// What the library calls leaky_relu, explained.
class OwnRelu : public Op {
 public:
  std::string_view name() const override { return "relu"; }
  Tensor forward(std::span<const Tensor> inputs) override { return scaled(inputs[0], inputs[0]); }
  void backward(BackwardPass& pass) override { pass.add(0, scaled(pass.dy(), pass.input(0))); }
  bool explain(Explain& e) const override {
    e.rule("", "slope * " + (e.of_output() ? e.x_name(0) : e.dy_name()));
    const Factor of = e.of_output() ? e.x(0, e.element()) : e.dy(e.element());
    e.term({}, of, Explain::number(slope(e.input(0).data()[e.element()])));
    return true;
  }

 private:
  static Scalar slope(Scalar x) { return x > 0 ? Scalar{1} : Scalar{0.5}; }
  static Tensor scaled(const Tensor& what, const Tensor& x) {
    Tensor y = what.clone();
    for (Index i = 0; i < y.numel(); i++) y.mutable_data()[i] *= slope(x.data()[i]);
    return y;
  }
};

void custom_op(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({3}, {1, -2, 3})).named("x");
  const Var y = own_op("silent", x).named("y");
  write_page(tape, sum(y * y).named("loss"), path, {.title = "An op of one's own"});
}

void told(const std::string& path) {
  const reel_test::ConvLesson lesson;
  write_page(
      lesson.tape, lesson.loss, path,
      {.title = "A lesson",
       .story =
           "The first number\nis z[0,0,0,0], and no[0] is none.\n\nIts gradient is dz[0,0,0,0] <b>0</b>.",
       .start = "window z[0,1,0,1]",
       .tries = {{"why dw[0,1,0,1]", "four products"},
                 {"goto 9"},
                 {"until dw"},
                 {"uses x[0,0,1,1]"},
                 {"rf z[0,0,0,0]"},
                 {"cost"},
                 {"break-it flip", "a wrong gradient"}},
       .questions = {{"db[0]", "What is the bias's gradient?", "a sum"}},
       .previous = inspect::PageLink{"strided.html", "Stride, padding, dilation, groups"},
       .next = inspect::PageLink{"lenet.html", "LeNet-5"},
       .translations = {{.language = "zh",
                         .title = "一课",
                         .story = "第一个数是 z[0,0,0,0]，\n窗口\n滑动\n3 次。\n\n它的梯度是 0。",
                         .tries = {{"why dw[0,1,0,1]", "四个乘积"}},
                         .questions = {{"db[0]", "偏置的梯度是多少？", "求和"}},
                         .next = inspect::PageLink{"lenet.html", "LeNet-5 读数字"}}}});
}

void same_names(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, -2, 3, -4})).named("x");
  const Var y = own_op("conv2d", x).named("y");
  const Var z = tape.apply(std::make_unique<OwnRelu>(), {y}).named("z");
  write_page(tape, sum(z * z).named("loss"), path, {.title = "Ops with the names of the library's"});
}

void branch(const std::string& path) {
  const reel_test::ConvLesson lesson;
  const inspect::Trace trace(lesson.tape, lesson.loss);
  const std::size_t x = trace.find("x"), z = trace.find("z");
  write_page(trace.with(z, 0, 7).with(z, 0, 5).with(x, 9, 1), path, {.title = "A branch"});
}

void empty(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({0, 3})).named("x");
  const Var b = tape.variable(Tensor::from({3}, {1, 2, 3})).named("b");
  const Var loss = (sum(exp(x).named("y")) + sum(b)).named("loss");
  write_page(tape, loss, path, {.title = "Nothing in it"});
}

// Gradients of 64 terms that are all 0, and of some of which a part lies in the padding.
void zeros(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(uniform({1, 1, 8, 8}, -1, 1, 1)).named("x");
  const Var w = tape.variable(Tensor::full({1, 1, 3, 3}, Scalar(0.5))).named("w");
  const Var z = conv2d(x, w, {}, {.padding = 1}).named("z");
  write_page(tape, sum(relu(z - 100)).named("loss"), path, {.title = "All relus off"});
}

void names(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("two\nlines");
  const Var y = exp(x).named("y");
  const Var same = sum(y).named("y[0]");
  const Var turned = sum(y * y).named("a\u202Eb");
  write_page(tape, (same + turned).named("loss"), path, {.title = "Names"});
}

void cropped(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(uniform({1, 3, 20, 20}, -1, 1, 1)).named("x");
  const Var w = tape.variable(uniform({2, 3, 3, 3}, -1, 1, 2)).named("w");
  const Var z = conv2d(x, w).named("z");
  write_page(tape, mean(z * z).named("loss"), path, {.title = "Cropped", .max_elements = 256});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  const reel_test::ConvLesson lesson;
  write_page(lesson.tape, lesson.loss, folder + "conv.html", {.title = "Convolution"});
  lenet(folder + "lenet.html");
  residual(folder + "residual.html");
  branches(folder + "branches.html");
  deep(folder + "deep.html");
  recurrent(folder + "recurrent.html");
  strided(folder + "strided.html");
  hostile(folder + "hostile.html");
  not_finite(folder + "broken-nan.html");
  custom_op(folder + "custom-op.html");
  told(folder + "told.html");
  same_names(folder + "same-names.html");
  branch(folder + "branch.html");
  empty(folder + "empty.html");
  zeros(folder + "zeros.html");
  names(folder + "names.html");
  cropped(folder + "cropped.html");
}
