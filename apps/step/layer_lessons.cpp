// Convolutions as layers: the 1x1, several in a row, how far they see, and the depthwise pair.
#include <reel/core/ops/ops.h>

#include "step/images.h"
#include "step/lesson.h"

namespace reel::apps {
namespace {

constexpr std::string_view kOneByOne = R"(
A 1x1 kernel sees no neighbours. At each pixel it mixes the channels, with the
same weights everywhere: a linear layer, applied to each pixel. Take the image
apart into a matrix X with a row for each channel and a column for each pixel,
and it is one product of matrices, Y = V X + c.
Here 3 channels of 2x2 pixels go to 2 channels: X is 3x4 and V is
[[1,2,0],[0,-1,1]], in the tensor's words v [2,3,1,1]; c is (0,1). Y is
[[1,4,3,6],[3,0,0,1]], and each row, read as 2x2, is a channel of y.
The loss is the mean of the squares of y minus the target, 112 / 8 = 14. As a
matrix dY is [[1,0,0,-1],[0,2,-1,0]]. The gradients are products of matrices
too: dV is dY X^T, a sum over the pixels; dX is V^T dY, a sum over the output
channels; and dc sums the rows of dY.

Try
  matmul y             # the three matrices, and which column is which pixel
  why y[0,0,1,1]       # row 0 of V times column 3 of X: 1*4 + 2*1 + 0*1 = 6
  why dv[0,0,0,0]      # row 0 of dY times row 0 of X: 1*1 - 1*4 = -3
  why dx[0,1,0,1]      # column 1 of V times column 1 of dY: 2*0 - 1*2 = -2
)";

void one_by_one(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 3, 2, 2}, {1, 2, 3, 4, 0, 1, 0, 1, 2, 0, -1, 1})).named("x");
  const Var v = tape.variable(Tensor::from({2, 3, 1, 1}, {1, 2, 0, 0, -1, 1})).named("v");
  const Var c = tape.variable(Tensor::from({2}, {0, 1})).named("c");
  const Var y = conv1x1(x, v, c).named("y");
  const Var target = tape.input(Tensor::from({1, 2, 2, 2}, {-3, 4, 3, 10, 3, -8, 4, 1})).named("target");
  open({tape, mse_loss(y, target).named("loss")});
}

constexpr std::string_view kConv = R"(
All of it at once. The image x has two channels, [[0..8]] and [[1..9]]. A
convolution with two kernels of two slices, w, and the bias b = (-80, 4) makes
z: [[-24,-8],[24,40]] and [[4,4],[4,4]]. The relu a keeps what is above 0. A
1x1 convolution with v = (0.5, 1) and c = 0 joins the two channels:
y = [[4,4],[16,24]]. The target is [[2,6],[12,30]], so y is off by 2, -2, 4 and
-6, and the mean of the squares is 60 / 4 = 15.
Backward runs the reel in reverse: loss, y, a, z, and then x, w and b. dy is
half of what y is off by: [[1,-1],[2,-3]]. da is that times 0.5 in channel 0
and times 1 in channel 1. The relu passes it where z is above 0 and holds it
back where it was off: the first row of channel 0. So dz is [[0,0],[1,-1.5]]
and [[1,-1],[2,-3]].
From dz follow db = (-0.5,-1), dw, and dx, whose first channel is
[[1,-2,1],[2,-3,0.5],[2,2,-7.5]].

Try
  why dw[0,1,0,1]       # four products, two of them 0: the relu was off
  check w[0,1,0,1] 0.5  # -4 again, from the losses at w + 0.5 and w - 0.5
  window z[0,0,0,0]     # 19 + 37 - 80 = -24
  path w[0,1,0,1]       # the way by which this weight moves the loss most
)";

void conv(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 2)).named("x");
  const Var w = tape.variable(Tensor::from({2, 2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4, 1, -1, 0, 1, 0, -1, 1, -1}))
                    .named("w");
  const Var b = tape.variable(Tensor::from({2}, {-80, 4})).named("b");
  const Var z = conv2d(x, w, b).named("z");
  const Var a = relu(z).named("a");
  const Var v = tape.variable(Tensor::from({1, 2, 1, 1}, {Scalar(0.5), 1})).named("v");
  const Var c = tape.variable(Tensor::zeros({1})).named("c");
  const Var y = conv1x1(a, v, c).named("y");
  const Var target = tape.input(Tensor::from({1, 1, 2, 2}, {2, 6, 12, 30})).named("target");
  open({tape, mse_loss(y, target).named("loss")});
}

constexpr std::string_view kReceptiveField = R"(
How much of the image does one number of a deep layer see? z is a 3x3
convolution of an 8x8 image: 6x6 numbers, each of 3x3 pixels. a takes the
largest of each 2x2 of them, 3x3 numbers, which see 4x4 pixels each. y is a 2x2
convolution of a: each number reads 2x2 of a, 4x4 of z and so 6x6 of the image.
Going back through a layer, a field of n becomes (n - 1) * stride + kernel: 1,
2 at a, (2 - 1) * 2 + 2 = 4 at z, (4 - 1) * 1 + 3 = 6 at x. The pooling's
stride of 2 also doubles the jump: neighbours in y look at places two pixels
apart.
A pixel outside of the field has no influence at all. Those inside can have
some, and in the middle they have the most ways to the top. Backward takes the
same ways in reverse, but the pooling lets only the largest of its four numbers
through: of the 36 numbers of z, 9 get a gradient.

Try
  rf y[0,0,0,0]        # rows 0 to 5, columns 0 to 5
  rf y[0,0,1,1]        # two pixels on: rows 2 to 7, columns 2 to 7
  window a[0,0,0,0]    # which of the four numbers of z was the largest
  why dx[0,0,4,5]      # through which windows the loss hears of this pixel
)";

void receptive_field(const Open& open) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 8, 8}, {0, 0, 1, 0, 2, 0, 0, 1,  //
                                                          3, 2, 0, 0, 1, 1, 2, 0,  //
                                                          0, 0, 1, 1, 0, 1, 1, 1,  //
                                                          1, 1, 3, 0, 3, 0, 3, 1,  //
                                                          2, 1, 2, 2, 1, 3, 3, 0,  //
                                                          0, 0, 3, 0, 1, 1, 1, 0,  //
                                                          0, 2, 1, 3, 2, 1, 0, 1,  //
                                                          1, 2, 2, 0, 3, 1, 3, 0}))
                    .named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 3, 3}, {0, 1, 0, 1, 2, 1, 0, 1, 0})).named("w");
  const Var z = conv2d(x, w).named("z");
  const Var a = max_pool2d(z, 2).named("a");
  const Var v = tape.variable(Tensor::from({1, 1, 2, 2}, {1, -1, -1, 2})).named("v");
  const Var y = conv2d(a, v).named("y");
  const Var target = tape.input(Tensor::zeros({1, 1, 2, 2})).named("target");
  open({tape, mse_loss(y, target).named("loss")});
}

constexpr std::string_view kDepthwise = R"(
A convolution does two things at once: it looks around in space, and it mixes
the channels. Mobile networks do one after the other. The depthwise convolution
z has as many groups as channels, so each kernel [2,2] looks at one channel of
x. The pointwise one, y, is a 1x1 convolution that mixes the two channels of z
into three.
x is [[0..8]] and [[1..9]]. The kernels [[0,1],[2,3]] and [[1,-1],[0,1]] make
z = [[19,25],[37,43]] and [[4,5],[7,8]]. With v = [[1,-2],[0,3],[-1,1]], y is
z0 - 2 z1, 3 z1 and z1 - z0.
That costs 2*4*4 = 32 multiply-adds and 3*4*2 = 24, together 56, in place of 96
for a convolution from 2 to 3 channels with 2x2 kernels. With more channels the
saving nears the kernel's size: 3x3 kernels cost almost nine times less.
y is off in three places, the loss is 1 + 1 + 4 = 6. Backward, dz first gathers
what the three output channels want, and then each kernel learns from its own
channel.

Try
  cost                 # 32 and 24
  why dz[0,0,0,1]      # only output channel 2 wants anything: 4*-1 = -4
  why dw[1,0,0,0]      # channel 1 of x alone: -4*1 + 4*2 + 0*4 - 6*5 = -26
  matmul y             # the mixing, as matrices
)";

void depthwise(const Open& open) {
  Tape tape;
  const Var x = tape.variable(counting_images(1, 2)).named("x");
  const Var w = tape.variable(Tensor::from({2, 1, 2, 2}, {0, 1, 2, 3, 1, -1, 0, 1})).named("w");
  const Var z = conv2d(x, w, {}, {.groups = 2}).named("z");
  const Var v = tape.variable(Tensor::from({3, 2, 1, 1}, {1, -2, 0, 3, -1, 1})).named("v");
  const Var y = conv1x1(z, v).named("y");
  const Var target =
      tape.input(Tensor::from({1, 3, 2, 2}, {10, 15, 23, 27, 12, 15, 21, 25, -15, -22, -30, -35}))
          .named("target");
  open({tape, mse_loss(y, target, {.reduction = Reduction::kSum}).named("loss")});
}

}  // namespace

std::vector<Lesson> layer_lessons() {
  return {{"one-by-one", "The 1x1 convolution as a linear layer", kOneByOne, one_by_one},
          {"conv", "Convolution, relu and 1x1 in one step", kConv, conv},
          {"receptive-field", "How far a number sees", kReceptiveField, receptive_field},
          {"depthwise", "Depthwise and pointwise: first space, then channels", kDepthwise, depthwise}};
}

}  // namespace reel::apps
