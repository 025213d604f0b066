// Gives arbitrary lines to the stepper as its commands, over three programs: every answer is text without
// control bytes but those of its colours, and none ends the session but `quit`.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <reel/core/inspect/terminal/stepper.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>

#include "own_op.h"

namespace {

using namespace reel;

constexpr int kMostCommands = 10;  // of a session: more short ones find more

// A step of training: its tape, and the parameters that it needs alive.
struct Step {
  Tape tape;
  Parameter weight{.name = "weight", .value = Tensor::randn({2, 2, 2, 2})};
  Parameter scale{.name = "scale", .value = Tensor::ones({2})};
  Parameter head{.name = "head", .value = Tensor::randn({3, 8})};
  Var loss;
};

void network(Step& step) {
  const Var x = step.tape.variable(Tensor::randn({2, 2, 4, 4})).named("x");
  const Var z = conv2d(x, step.tape.parameter(step.weight), {},
                       {.stride = {1, 2}, .padding = {1, 0, 0, 1}, .dilation = {2, 1}});
  const Var y = relu(batch_norm2d(z.named("z"), step.tape.parameter(step.scale), {})) + z;
  const Var pooled = avg_pool2d(max_pool2d(y, 2, {.stride = 1, .padding = 1, .ceil_mode = true}), {2, 1});
  const Var logits = linear(slice(flatten(pooled), 1, {0, 8}), step.tape.parameter(step.head)).named("dz");
  step.loss = cross_entropy(logits, {0, 2}, {.label_smoothing = 0.1}).named("loss");
}

void odd_numbers_and_names(Step& step) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Var x =
      step.tape.variable(Tensor::from({2, 2}, {1, infinity - infinity, infinity, -2})).named("z[0]");
  const Var product = matmul(reel_test::own_op("own\x1b[31m", x), permute(x, {1, 0})).named("grad x");
  const Var joined = tanh(concat({product, x}, 0).named("d"));
  const Var divided = sum(joined, 0) / step.tape.input(Tensor::zeros({2})).named("x x");
  step.loss = mean(divided);
}

void corners(Step& step) {
  const Var x = step.tape.variable(Tensor::zeros({1, 2, 1, 3}));
  const Var wide =
      conv_transpose2d(x, step.tape.parameter(step.weight), {}, {.stride = 2, .output_padding = 1});
  const Var empty = sum(step.tape.input(Tensor::zeros({0, 3})).named("empty"));
  const Var normal = layer_norm(x, step.tape.input(Tensor::ones({3})));
  const Var largest = max(softmax(dropout(normal, 0.5), 1), {2, -1});
  step.loss = sum(wide) + sum(largest) + empty + sum(pad2d(x, {1, 2, 0, 1}, 3));
}

Step& step_of(unsigned kind) {
  static std::array<Step, 3> steps;
  static const bool made = [] {
    seed(1);
    network(steps[0]);
    odd_numbers_and_names(steps[1]);
    corners(steps[2]);
    for (Step& step : steps) step.tape.backward(step.loss);
    return true;
  }();
  (void)made;
  return steps[kind % steps.size()];
}

// What would write a file: a command of its own, or the word that leads to one.
bool writes(const std::string& line) {
  return line.find("html") != std::string::npos || line.find("dot") != std::string::npos;
}

// The first byte draws what the answers are for: JSON, a terminal with colours, one of 0 (any width) to 45
// columns.
inspect::StepperOptions options_of(std::uint8_t byte) {
  return {
      .json = (byte & 0x80) != 0, .colour = (byte & 0x40) != 0, .columns = std::size_t{15} * (byte >> 4 & 3)};
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == 0x7f; }

// Whether `answer` may be shown: a terminal gets nothing to obey but colours, where they are wanted.
bool may_be_shown(std::string_view answer, const inspect::StepperOptions& options) {
  while (!answer.empty()) {
    std::size_t length = 1;
    if (options.colour && !options.json) {
      for (const std::string_view escape : {"\x1b[31m", "\x1b[1m", "\x1b[0m"})
        if (answer.starts_with(escape)) length = escape.size();
    }
    if (length == 1 && is_control(answer[0])) return false;
    answer.remove_prefix(length);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  Step& step = step_of(bytes[0]);
  const inspect::StepperOptions options = options_of(bytes[0]);
  inspect::Stepper stepper(step.tape, step.loss, options);
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes) + 1, size - 1));
  int left = kMostCommands;
  for (std::string line; left > 0 && std::getline(lines, line) && !stepper.finished(); left--) {
    if (writes(line)) continue;
    if (!may_be_shown(stepper.respond(line), options)) std::abort();
  }
  return 0;
}
