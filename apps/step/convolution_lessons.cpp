// How a convolution sums: one channel, several, the bias, and what it costs.
#include <reel/core/ops/ops.h>

#include "step/images.h"
#include "step/lesson.h"

namespace reel::apps {
namespace {

constexpr std::string_view kOneChannel = R"(
A convolution slides a small kernel over an image. Here the image x is 3x3 and
counts from 0 to 8, and the kernel w is [[0,1],[2,3]]. Each number of z is the
sum of the four products in one window: the first is
0*0 + 1*1 + 3*2 + 4*3 = 19. Two windows fit across and two down, so z is
[[19,25],[37,43]].
The loss is the mean of the squares of z - target with the target
[[18,25],[37,45]]: one corner is 1 too high, one 2 too low, and the loss is
(1 + 4) / 4 = 1.25.
Backward asks of each number how the loss would change with it, and writes dz
for the gradients of z. The mean of squares gives dz = 2/4 (z - target), which
is [[0.5,0],[0,-1]]. A weight is used in every window, so its gradient sums
over the windows. A pixel's gradient sums over the windows that hold the pixel;
the pixel in the middle, x[0,0,1,1], is in all four.

Try
  window z[0,0,0,0]    # the products of the first window
  why dw[0,0,0,0]      # which pixels this weight has met: 0.5*0 - 1*4 = -4
  uses x[0,0,1,1]      # the four windows that hold the middle pixel
  b 3                  # three events back, to where dx and dw do not exist yet
)";

void one_channel(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 1)).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 2, 2}, {0, 1, 2, 3})).named("w");
  const Var z = conv2d(x, w).named("z");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {18, 25, 37, 45})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

constexpr std::string_view kChannelsIn = R"(
A colour image has three channels; this one has two, [[0..8]] and [[1..9]]. The
kernel then has a slice for each input channel, [[0,1],[2,3]] and
[[1,2],[3,4]]. Each slice slides over its own channel, and the results are
added: the first window gives 19 on channel 0 and 37 on channel 1, so
z[0,0,0,0] = 19 + 37 = 56. Two channels go in, one comes out: z is
[[56,72],[104,120]].
The target [[56,70],[108,120]] makes z 2 too high in one place and 4 too low in
another: loss = (4 + 16) / 4 = 5 and dz = [[0,1],[-2,0]].
Adding has a simple gradient: both channels get the same dz. What differs is
what it meets there, for dw[0,0,...] the pixels of channel 0, for dw[0,1,...]
those of channel 1. So each slice of the kernel learns from its own channel
alone, and each pixel hears of the loss through its own slice alone.

Try
  window z[0,0,0,0]    # two slices, their sub-totals 19 and 37
  why dw[0,0,0,0]      # 1*1 - 2*3 = -5, from channel 0
  why dw[0,1,0,0]      # 1*2 - 2*4 = -6, the same places of channel 1
  why dx[0,1,1,1]      # 1*3 - 2*2 = -1, through the weights of slice 1
)";

void channels_in(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 2)).named("x");
  const Var w = tape.variable(Tensor::from({1, 2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4})).named("w");
  const Var z = conv2d(x, w).named("z");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {56, 70, 108, 120})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

constexpr std::string_view kChannelsOut = R"(
To see more than one feature, a layer has one kernel for each output channel.
Here they are the kernel K of the lesson before, K + 1 and K + 2, so w is
[3,2,2,2]: output channels, input channels, rows, columns. Each makes a channel
of z by itself: [[56,72],[104,120]], [[76,100],[148,172]] and
[[96,128],[192,224]].
This loss is the sum of the squares of z - target, not their mean. z is off by
1 in channel 0, by -2 in channel 1 and by 0.5 in channel 2, so the loss is
1 + 4 + 0.25 = 5.25, and dz, which is 2 (z - target), is 2, -4 and 1 in these
places and 0 in all others.
Forward, every output channel reads the whole input. Backward, every pixel
hears from all output channels: dx sums over o, the output channels, as well as
over the windows. A kernel hears from its own output channel alone.

Try
  why dx[0,0,1,1]      # 2*0 - 4*3 + 1*3 = -9, from all three output channels
  why dw[1,0,0,0]      # -4*1: of output channel 1 only one window was wrong
  why dw[1,1,0,0]      # -4*2: the same window, one input channel further
  uses x[0,0,1,1]      # 12 products read this pixel
)";

void channels_out(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 2)).named("x");
  const Var w = tape.variable(Tensor::from({3, 2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4,    // K
                                                          1, 2, 3, 4, 2, 3, 4, 5,    // K + 1
                                                          2, 3, 4, 5, 3, 4, 5, 6}))  // K + 2
                    .named("w");
  const Var z = conv2d(x, w).named("z");
  const Var target = tape.input(Tensor::from({1, 3, 2, 2}, {56, 72, 104, 119, 76, 102, 148, 172, 96, 128,
                                                            Scalar(191.5), 224}))
                         .named("target");
  open({tape, mse_loss(z, target, {.reduction = Reduction::kSum}).named("loss")});
}

constexpr std::string_view kBias = R"(
A bias is one number for each output channel, added once to every sum of
products: not once for each weight, nor once for each input channel. Here two
images go through the kernel [[0,1],[2,3]] with the bias -20, and z is
[[-1,5],[17,23]] for the first and [[5,11],[23,29]] for the second.
The loss is the mean of the squares over all eight numbers: 152 / 8 = 19. Its
gradients dz are [[1,0],[-2,0.5]] and [[0,1],[-1,-1.5]].
The bias was added in eight places, so its gradient sums over all of them, over
images, rows and columns: db = 1 - 2 + 0.5 + 1 - 1 - 1.5 = -2. To forget that
sum is a classic mistake, and the shapes do not always give it away.
A gradient is a slope. Raise the bias by 1 and the slope promises a loss of 17;
it is 18, for the loss is curved. Halve the step and the promise is kept more
closely.

Try
  window z[0,0,0,0]      # the products, and then the bias, once
  why db[0]              # a sum over n, i and j
  break-it no-bias-sum   # what that classic mistake would do here
  set b[0] -19           # a bias of -19 ...
  rerun                  # ... and what becomes of the loss
)";

void bias(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(2, 1)).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 2, 2}, {0, 1, 2, 3})).named("w");
  const Var b = tape.variable(Tensor::from({1}, {-20})).named("b");
  const Var z = conv2d(x, w, b).named("z");
  const Var target = tape.input(Tensor::from({2, 1, 2, 2}, {-5, 5, 25, 21, 5, 7, 27, 35})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

constexpr std::string_view kCost = R"(
What does a convolution cost? Count its multiply-adds, MACs. z takes 2 channels
of 4x4 pixels to 4 channels with a 3x3 kernel; padding keeps the 4x4. As loops:
for each image, output channel, row and column, sum over input channels, kernel
rows and kernel columns. That is 1*4*4*4 numbers of 2*3*3 products, 1152 MACs.
y takes the 4 channels to 2 with a 1x1 kernel: 1*2*4*4 numbers of 4 products,
128 MACs. Both layers join 8 pairs of channels, and the 3x3 costs 9 times the
1x1.
Twice the height and width, or twice the channels on both sides, cost four
times as much; a kernel twice as large does as well.
Backward costs about twice as much as forward: one such set of loops for dw,
and one for dx. Both run over the same products, each time with another factor
known.
The loss itself, a sum of 32 squares, costs next to nothing.

Try
  cost                 # the loops of each op, and their share
  window z[0,0,1,1]    # the 18 products of one number of z
  why dw[0,0,0,0]      # backward's loop for one weight: padding leaves 9 of 16
  matmul y             # the 1x1 convolution as a product of matrices
)";

void cost(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 2, 4, 4}, {0, 1, 2, 0, 1, 0, 0, 2, 2, 1, 0, 1, 0, 0, 1, 2,
                                                          1, 0, 0, 1, 0, 2, 1, 0, 0, 1, 1, 2, 2, 0, 1, 0}))
                    .named("x");
  Tensor kernels = Tensor::uninitialized({4, 2, 3, 3});
  for (Index i = 0; i < kernels.numel(); i++) kernels.mutable_data()[i] = static_cast<Scalar>(i % 5 - 2);
  const Var w = tape.variable(kernels).named("w");
  const Var z = conv2d(x, w, {}, {.padding = 1}).named("z");
  const Var v = tape.variable(Tensor::from({2, 4, 1, 1}, {1, 0, -1, 1, 0, 1, 1, -1})).named("v");
  const Var y = conv1x1(z, v).named("y");
  const Var target = tape.input(Tensor::zeros({1, 2, 4, 4})).named("target");
  open({tape, mse_loss(y, target, {.reduction = Reduction::kSum}).named("loss")});
}

}  // namespace

std::vector<Lesson> convolution_lessons() {
  return {{"one-channel", "One channel and its window", kOneChannel, one_channel},
          {"channels-in", "Many input channels: slices that are added", kChannelsIn, channels_in},
          {"channels-out", "Many output channels: a kernel for each", kChannelsOut, channels_out},
          {"bias", "The bias: one number in every place", kBias, bias},
          {"cost", "What a convolution costs", kCost, cost}};
}

}  // namespace reel::apps
