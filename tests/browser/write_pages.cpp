// Writes the pages that the browser tests look at: write_pages FOLDER
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <reel/reel.h>

#include "conv_lesson.h"
#include "lenet.h"

using namespace reel;
using inspect::write_page;

namespace {

// Numbers in [-1, 1), the same in every run; `stream` tells several tensors apart.
Tensor uniform(const Shape& shape, std::uint64_t stream) {
  Tensor t = Tensor::uninitialized(shape);
  RandomStream(7, stream).fill_uniform(t.values(), -1, 1);
  return t;
}

void lenet(const std::string& path) {
  seed(1);
  reel_test::LeNet net;
  const GeneratedDigits digits{1, 7};
  Tensor image = Tensor::uninitialized({1, 1, 28, 28});
  digits.read(0, image.values());
  Tape tape;
  const Var x = tape.input(image).named("image");
  write_page(tape, cross_entropy(net(x), {digits.label(0)}).named("loss"), path, {.title = "LeNet-5"});
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
  const Var x = tape.variable(uniform({1, 2, 4, 4}, 1)).named("x");
  const Var y = block(x);
  write_page(tape, mean(y * y).named("loss"), path, {.title = "A residual fork"});
}

void strided(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(uniform({1, 4, 9, 8}, 1)).named("x");
  const Var w = tape.variable(uniform({4, 2, 3, 3}, 2)).named("w");
  const Var b = tape.variable(uniform({4}, 3)).named("b");
  const Conv2dParams params{.stride = {2, 1}, .padding = {1, 2, 0, 3}, .dilation = {1, 2}, .groups = 2};
  const Var z = conv2d(x, w, b, params).named("z");
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

// y = 2 x, without a word of why.
class Silent : public Op {
 public:
  std::string_view name() const override { return "silent"; }
  Tensor forward(std::span<const Tensor> inputs) override { return doubled(inputs[0]); }
  void backward(BackwardPass& pass) override { pass.add(0, doubled(pass.dy())); }

 private:
  static Tensor doubled(const Tensor& x) {
    Tensor y = x.clone();
    for (Scalar& value : y.values()) value *= 2;
    return y;
  }
};

void custom_op(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({3}, {1, -2, 3})).named("x");
  const Var y = tape.apply(std::make_unique<Silent>(), {x}).named("y");
  write_page(tape, sum(y * y).named("loss"), path, {.title = "An op of one's own"});
}

void cropped(const std::string& path) {
  Tape tape;
  const Var x = tape.variable(uniform({1, 3, 20, 20}, 1)).named("x");
  const Var w = tape.variable(uniform({2, 3, 3, 3}, 2)).named("w");
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
  strided(folder + "strided.html");
  hostile(folder + "hostile.html");
  not_finite(folder + "broken-nan.html");
  custom_op(folder + "custom-op.html");
  cropped(folder + "cropped.html");
}
