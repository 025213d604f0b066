// Where the windows lie and which channels they join: stride, padding, dilation, groups, and the flip.
#include <reel/core/ops/ops.h>

#include "step/images.h"
#include "step/lesson.h"

namespace reel::apps {
namespace {

constexpr std::string_view kStride = R"(
With a stride of 2 the window moves two pixels at a time. On a 5x5 image that
counts from 0 to 24 a 2x2 kernel [[1,2],[3,4]] then has two places across and
two down: z = [[41,61],[141,161]], a quarter of the numbers, for a quarter of
the cost. How many places there are: (5 - 2) / 2 + 1, rounded down, is 2. The
division leaves 1, so the last row and the last column are never read.
The target makes dz = [[1,-2],[0,3]] with a loss of (4 + 16 + 0 + 36) / 4 = 14.
In the gradient of a weight the windows are a stride apart: dw[0,0,u,v] sums
dz[i,j] * x[2i+u,2j+v]. The stride equals the kernel here, so windows do not
overlap, and a pixel hears of one window at most: dx[0,0,3,3] = 3 * 4. What
nobody reads has the gradient 0, exactly: nothing was summed for it.

Try
  window z[0,0,1,1]    # the window at row 2, column 2
  why dw[0,0,1,0]      # 1*5 - 2*7 + 0*15 + 3*17 = 42
  why dx[0,0,3,3]      # one product
  why dx[0,0,4,4]      # none
)";

void stride(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(25).reshape({1, 1, 5, 5})).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4})).named("w");
  const Var z = conv2d(x, w, {}, {.stride = 2}).named("z");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {39, 65, 141, 155})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

constexpr std::string_view kPadding = R"(
A 3x3 kernel has only one place in a 3x3 image. A border of zeros, one pixel
wide, gives it nine, and z keeps the image's size. The kernel here sums the
four neighbours of a pixel and takes the pixel away four times:
[[0,1,0],[1,-4,1],[0,1,0]]. Where the image is a slope, as in the middle of
[[1,2,3],[4,5,6],[7,8,9]], that is 0. At the border the zeros look like a
cliff, and z is -22 in the lower right corner, at the 9.
The target is 0 everywhere and the loss the sum of squares, 940: all of
it stems from zeros that nobody photographed. dz = 2 z.
A padded cell is 0 in every product, forward and in dw; a corner weight meets
it in five of its nine windows. It has no gradient itself: dx is as large as x.
Pixels at the border are read by fewer windows than those inside, and hear less
of the loss.

Try
  window z[0,0,0,0]    # five of nine cells are padding
  why dw[0,0,0,0]      # padding apart, 0*1 - 14*2 - 22*4 - 44*5 = -336
  uses x[0,0,0,0]      # the corner is read four times
  uses x[0,0,1,1]      # the middle nine times
)";

void padding(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 3, 3}, {0, 1, 0, 1, -4, 1, 0, 1, 0})).named("w");
  const Var z = conv2d(x, w, {}, {.padding = 1}).named("z");
  const Var target = tape.input(Tensor::zeros({1, 1, 3, 3})).named("target");
  open({tape, mse_loss(z, target, {.reduction = Reduction::kSum}).named("loss")});
}

constexpr std::string_view kDilation = R"(
Dilation spreads the kernel out. With a dilation of 2 a 2x2 kernel reads every
second pixel of a 3x3 window: it sees as far as a 3x3 kernel, with four
weights. The image is 4x4 and counts from 0 to 15, the kernel is [[1,2],[3,4]]:
the first window holds 0, 2, 8 and 10, and z[0,0,0,0] is
0*1 + 2*2 + 8*3 + 10*4 = 68. In all z = [[68,78],[108,118]].
The target makes dz = [[1,0],[-2,0]] and the loss (4 + 16) / 4 = 5.
Stride moves the window, dilation its inside: z[i,j] reads x[i+2u,j+2v], so dw
sums dz[i,j] * x[i+2u,j+2v]. Neighbouring windows read different pixels. Each
pixel is read once here, though the windows overlap: they interlock like combs.
With 3x3 kernels, layers with dilations 1, 2, 4, 8 have a field of 31 pixels.

Try
  window z[0,0,0,0]    # the pixels 0, 2, 8 and 10
  why dw[0,0,1,1]      # 1*10 - 2*14 = -18
  rf z[0,0,0,0]        # three rows, three columns
  uses x[0,0,3,0]      # the one window with this pixel
)";

void dilation(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(16).reshape({1, 1, 4, 4})).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4})).named("w");
  const Var z = conv2d(x, w, {}, {.dilation = 2}).named("z");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {66, 78, 112, 118})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

constexpr std::string_view kGroups = R"(
With groups, channels fall into parts that do not mix. Four channels go in, two
come out, in two groups: output channel 0 reads input channels 0 and 1, output
channel 1 reads channels 2 and 3. So w is [2,2,2,2], not [2,4,2,2]: each kernel
has slices for the channels of its group alone. That halves the weights and the
cost.
The channels of x are [[0..8]], [[1..9]], [[2..10]] and [[3..11]]. z is
[[56,72],[104,120]] from the first two, as in the lesson channels-in, and
[[10,12],[16,18]] from the last two.
The loss is the sum of squares, 10, with dz = [[0,2],[0,-2]] and
[[4,0],[-4,0]].
Backward keeps the groups apart as well: channel 3 of x hears of channel 1 of z
alone, and nothing that went wrong in the first group can change the second.
With as many groups as channels, each kernel reads one channel: the lesson
depthwise.

Try
  window z[0,1,0,0]    # input channels 2 and 3
  why dw[1,0,0,0]      # slice 0 of it meets channel 2: 4*2 - 4*5 = -12
  why dx[0,3,1,1]      # output channel 1 alone
  cost                 # 64 MACs; without groups it would be 128
)";

void groups(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 4)).named("x");
  const Var w =
      tape.variable(Tensor::from({2, 2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4, 1, 0, 0, 1, 0, -1, 1, 0})).named("w");
  const Var z = conv2d(x, w, {}, {.groups = 2}).named("z");
  const Var target =
      tape.input(Tensor::from({1, 2, 2, 2}, {56, 71, 104, 121, 8, 12, 18, 18})).named("target");
  open({tape, mse_loss(z, target, {.reduction = Reduction::kSum}).named("loss")});
}

constexpr std::string_view kFlip = R"(
What networks call a convolution is a cross-correlation: z[i,j] sums
x[i+u,j+v] * w[u,v]. The convolution of mathematics runs through the kernel
backwards, x[i-u,j-v] * w[u,v], as if it were turned by 180 degrees. On the
image [[0..8]], w = [[0,1],[2,3]] gives z = [[19,25],[37,43]]; v, which is w
turned, is [[3,2],[1,0]] and gives y = [[5,11],[23,29]]. A network that learns
its kernels does not care: it would learn them turned.
But the turn comes back by itself. z reads x at i+u, so a pixel x[p,q] was read
by the windows z[p-u,q-v], and its gradient sums dz[p-u,q-v] * w[u,v]: dx is
the true convolution of dz with w. Who writes backward and correlates once
more, without the turn, gets a gradient of the right shape with wrong numbers
in it.
The loss reads z; y stands beside it. dz = [[1,0],[0,-2]] and loss = 5.

Try
  window z[0,0,0,0]    # 0*0 + 1*1 + 3*2 + 4*3 = 19
  window y[0,0,0,0]    # 0*3 + 1*2 + 3*1 + 4*0 = 5
  why dx[0,0,1,1]      # 1*3 - 2*0: the kernel's indices run backwards
  break-it flip        # the wrong gradient beside the right one
)";

void flip(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 1)).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 2, 2}, {0, 1, 2, 3})).named("w");
  const Var z = conv2d(x, w).named("z");
  const Var v = tape.input(Tensor::from({1, 1, 2, 2}, {3, 2, 1, 0})).named("v");
  conv2d(x, v).named("y");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {17, 25, 37, 47})).named("target");
  open({tape, mse_loss(z, target).named("loss")});
}

}  // namespace

std::vector<Lesson> geometry_lessons() {
  return {{"stride", "Stride: a window that leaps", kStride, stride},
          {"padding", "Padding: a border of zeros", kPadding, padding},
          {"dilation", "Dilation: a kernel with gaps", kDilation, dilation},
          {"groups", "Groups: channels that do not mix", kGroups, groups},
          {"flip", "Cross-correlation against convolution", kFlip, flip}};
}

}  // namespace reel::apps
