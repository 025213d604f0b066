// Steps of a training: an edge kernel that is being learned, a fork, and LeNet on one digit.
#include <fmt/format.h>

#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/terminal.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/mnist.h>
#include <reel/optim/sgd.h>

#include "common/digit_models.h"
#include "common/terminal.h"
#include "step/lesson.h"

namespace reel::apps {
namespace {

constexpr std::string_view kEdge = R"(
Nobody needs to write kernels by hand. The image x has two rows, 0 0 1 1 0 0, a
white bar on black. The target is what [1,-1] makes of it: -1 where black turns
white, 1 where white turns black, 0 elsewhere. The kernel w starts as [0,0] and
should become [1,-1], told nothing but the loss, the sum of the squares of
z - target.
Gradient descent repeats: compute the loss, compute dw, and take 1/8 of dw away
from w. Three such steps have been made before the one you see. Each went half
of the way that was left: w was [0,0], [0.5,-0.5], [0.75,-0.75] and is now
[0.875,-0.875]. The loss fell from 4 to 1, to 0.25 and to 0.0625.
Only the edges pull. On the black ground the pixels are 0, and inside of the
bar z is right already. At the edges z misses the target by 1/8, two edges in
two rows, and dw is [-0.5,0.5]. The step that follows makes w [0.9375,-0.9375].

Try
  print z              # what the kernel makes of the image now
  why dw[0,0,0,0]      # which windows pull at the first weight
  set w[0,0,0,0] 0.9375
  set w[0,0,0,1] -0.9375
  rerun                # the step that follows: the loss falls to 0.015625
)";

void edge(const Open& open) {
  const Tensor image = Tensor::from({1, 1, 2, 6}, {0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0});
  const Tensor target = Tensor::from({1, 1, 2, 5}, {0, -1, 0, 1, 0, 0, -1, 0, 1, 0});
  Parameter w{.name = "w", .value = Tensor::zeros({1, 1, 1, 2})};
  const auto loss_on = [&](Tape& tape) {
    const Var x = tape.input(image).named("x");
    const Var z = conv2d(x, tape.parameter(w)).named("z");
    return mse_loss(z, tape.input(target).named("target"), {.reduction = Reduction::kSum}).named("loss");
  };
  SGD sgd{{&w}, {.lr = 0.125}};
  for (int step = 0; step < 3; step++) {
    Tape tape;
    const Var loss = loss_on(tape);
    sgd.zero_grad();
    tape.backward(loss);
    sgd.step();
  }
  Tape tape;
  open({tape, loss_on(tape)});
}

constexpr std::string_view kResidual = R"(
A residual block adds its input to what it computes: y = x + a. Here z is a 3x3
convolution of the 2x2 image x = [[1,2],[3,-1]], padded so that z has its size,
and a = relu(z) is [[0,1],[4,0]]. So y = [[1,3],[7,-1]], and with the target
[[3,1],[1,-1]] the loss is (4 + 4 + 36) / 4 = 11.
x is a fork: two ops read it, the addition and the convolution, and the loss
hears of x through both. Gradients of a fork add up. First comes the shortcut,
dy as it is: [[-1,1],[3,0]]. The relu lets [[0,1],[3,0]] of it through, and the
convolution makes [[2,1],[3,0]] of that. Together dx = [[1,2],[6,0]]; over the
first pixel the two do not agree.
This is why backward writes += and never =, and why it may run on to the ops
before x only when all of its readers have spoken. It is also why deep residual
networks can be trained: whatever the layers do, the shortcut carries the
gradient past them.

Try
  why dx[0,0,0,0]         # two contributions, -1 and 2
  goto 10                 # only the addition has spoken
  print dx                # what it said
  until dx                # and now both
  bwd                     # to the end of the step
  break-it no-accumulate  # what = in place of += would leave
)";

void residual(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, -1})).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 3, 3}, {0, 1, 0, -1, 1, 0, 0, 0, 2})).named("w");
  const Var z = conv2d(x, w, {}, {.padding = 1}).named("z");
  const Var a = relu(z).named("a");
  const Var y = (x + a).named("y");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {3, 1, 1, -1})).named("target");
  open({tape, mse_loss(y, target).named("loss")});
}

constexpr std::string_view kLeNet = R"(
LeNet-5 reads one digit. Its image, 28x28, goes through a 5x5 convolution to 6
channels, a relu and a pooling that halves it; through another 5x5 convolution
to 16 channels, relu and pooling; and then through three linear layers of 120,
84 and 10 numbers, the logits. The loss is the cross-entropy of the logits with
the digit's class. The network has learned nothing yet: its weights are random,
all ten classes look alike to it, and the loss is near ln 10 = 2.3.
This is the step that a training makes many thousand times, with 61,706 weights
in place of a dozen. And still every gradient is a sum of products that you can
list.
dconv1.weight[0,0,2,2] sums over the 28x28 places of that weight, most of them
0: there the image is black, the relu was off, or another pixel won its pooling
window.
Other digits and weights: --seed 2. A digit of MNIST's: --data DIR.

Try
  list                      # from the pixels to the loss and back
  cost                      # where the 416,520 multiply-adds go
  rf conv2.conv2d[0,0,4,4]  # 14x14 pixels
  why dlogits[0,3]          # softmax of class 3, less 1 if it is the digit
  check conv1.bias[0]       # a gradient of the first layer, by differences
  check conv1.bias[0] 0.01  # too long a step: relus and poolings flip
)";

struct Digit {
  Tensor image;  // [1,1,28,28], from 0 to 1
  int label;
};

Digit image_of(const LabelledImages& data, Index i) {
  Digit digit{Tensor::uninitialized({1, 1, 28, 28}), data.label(i)};
  data.read(i, digit.image.mutable_values());
  return digit;
}

Digit chosen(const DigitChoice& choice) {
  if (choice.data.empty()) return image_of(GeneratedDigits{1, choice.seed}, 0);
  const Mnist mnist{choice.data, Split::kTest};
  return image_of(mnist, static_cast<Index>(choice.seed % static_cast<std::uint64_t>(mnist.size())));
}

void lenet(const DigitChoice& choice, const Open& open) {
  const Digit digit = chosen(choice);
  LeNet net;
  Tape tape;
  const Var logits = net(tape.input(digit.image).named("x")).named("logits");
  const std::vector<Tensor> images{digit.image.reshape({1, 28, 28})};
  const std::vector<std::string> captions{fmt::format("the digit {}", digit.label)};
  open({tape, cross_entropy(logits, {digit.label}).named("loss"),
        draw_images(images, captions, terminal_columns())});
}

}  // namespace

std::vector<Lesson> network_lessons(const DigitChoice& choice) {
  return {{"edge", "An edge kernel, learned", kEdge, edge},
          {"residual", "A residual block: gradients of a fork add up", kResidual, residual},
          {"lenet", "LeNet-5 on one digit", kLeNet, [choice](const Open& open) { lenet(choice, open); }}};
}

}  // namespace reel::apps
