// Walks through the textbook's examples of convolution, prints each, and checks the printed numbers against
// the fast ops.
//
//   corr2d            ends with `all examples agree`
//
// The examples are those of Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapter 7.
#include <cmath>

#include <fmt/format.h>
#include <reel/reel.h>

#include "common/output.h"
#include "common/program.h"

using namespace reel;
using namespace reel::apps;

namespace {

void title(int number, const std::string& text) { print_text("\n{}. {}\n\n", number, text); }

void show(const std::string& name, const Tensor& tensor) { print_text("{} = {}\n", name, tensor); }

// The fast op on one image [C,H,W] with kernels [C_out,C_in,Kh,Kw].
Tensor fast_conv2d(const Tensor& image, const Tensor& weight, const Tensor& bias = {}) {
  Tape tape{{.record = false}};
  const Shape& s = image.shape();
  const Var x = tape.input(image.reshape({1, s[0], s[1], s[2]}));
  const Var y = conv2d(x, tape.input(weight), bias.defined() ? tape.input(bias) : Var());
  return y.value().reshape({y.size(1), y.size(2), y.size(3)});
}

double absolute_difference(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values().size(); i++)
    sum += std::abs(static_cast<double>(a.values()[i] - b.values()[i]));
  return sum;
}

void expect_equal(const Tensor& textbook, const Tensor& fast) {
  if (const double difference = absolute_difference(textbook, fast.reshape(textbook.shape()));
      !(difference < 1e-4)) {
    throw Error(fmt::format("the fast op differs from the loops by {} in sum", difference));
  }
}

const Tensor kOneChannel = Tensor::arange(9).reshape({3, 3});
const Tensor kKernel = Tensor::arange(4).reshape({2, 2});
const Tensor kTwoChannels = Tensor::from({2, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9});
const Tensor kTwoKernels = Tensor::from({2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4});

void one_channel() {
  title(
      1,
      "One channel: the kernel slides over the image; each output is the sum of the products in its window");
  show("image", kOneChannel);
  show("kernel", kKernel);
  const Tensor y = reference::corr2d(kOneChannel, kKernel);
  show("corr2d(image, kernel)", y);
  print_text("the first window: 0*0 + 1*1 + 3*2 + 4*3 = {}\n", y.at(0, 0));
  expect_equal(y, fast_conv2d(kOneChannel.reshape({1, 3, 3}), kKernel.reshape({1, 1, 2, 2})));
}

void many_input_channels() {
  title(2, "Many input channels: one kernel slice for each, and the results are added");
  show("image", kTwoChannels);
  show("kernel", kTwoKernels);
  const Tensor y = reference::corr2d_multi_in(kTwoChannels, kTwoKernels);
  show("corr2d_multi_in(image, kernel)", y);
  expect_equal(y, fast_conv2d(kTwoChannels, kTwoKernels.reshape({1, 2, 2, 2})));
}

void many_output_channels() {
  title(3, "Many output channels: one kernel for each; here K, K + 1 and K + 2");
  Tensor kernels = Tensor::uninitialized({3, 2, 2, 2});
  for (Index o = 0; o < 3; o++) {
    for (Index i = 0; i < 8; i++)
      kernels.mutable_data()[o * 8 + i] = kTwoKernels.data()[i] + static_cast<Scalar>(o);
  }
  const Tensor y = reference::corr2d_multi_in_out(kTwoChannels, kernels);
  show("corr2d_multi_in_out(image, kernels)", y);
  expect_equal(y, fast_conv2d(kTwoChannels, kernels));
}

void one_by_one() {
  title(4, "A 1x1 convolution is a matrix product over the channels of each pixel");
  const Tensor image = Tensor::randn({3, 3, 3}), kernels = Tensor::randn({2, 3, 1, 1});
  const Tensor product = reference::corr2d_multi_in_out_1x1(image, kernels);
  const Tensor loops = reference::corr2d_multi_in_out(image, kernels);
  show("corr2d_multi_in_out_1x1(image, kernels)", product);
  print_text("sum of absolute differences from corr2d_multi_in_out: {:.2e}\n",
             absolute_difference(product, loops));
  expect_equal(product, fast_conv2d(image, kernels));
}

void ones_through_a_layer() {
  title(5, "Ones through a layer give each filter's sum plus its bias");
  for (const auto& [in, out] : {std::pair<Index, Index>{1, 3}, {3, 4}}) {
    const Tensor weight = Tensor::randn({out, in, 3, 3}), bias = Tensor::randn({out});
    const Tensor y = fast_conv2d(Tensor::ones({in, 3, 3}), weight, bias);
    show(fmt::format("conv2d {} -> {} channels", in, out), y.reshape({out}));
    Tensor sums = bias.clone();
    for (Index i = 0; i < weight.numel(); i++) sums.mutable_data()[i / (in * 9)] += weight.data()[i];
    show("sum of each filter + its bias ", sums);
    expect_equal(sums, y);
  }
}

void receptive_field() {
  title(6, "Two 2x2 layers see 3x3 pixels");
  Sequential net{Conv2d{1, 1, 2}, Conv2d{1, 1, 2}};
  print_text("{}\n", summary(net, {1, 1, 3, 3}).text());
}

void flipped_kernel() {
  title(7, "With the kernel flipped in both directions, cross-correlation becomes true convolution");
  Tensor flipped = Tensor::uninitialized({2, 2});
  for (Index i = 0; i < 4; i++) flipped.mutable_data()[i] = kKernel.data()[3 - i];
  show("flipped kernel", flipped);
  const Tensor y = reference::conv2d_flipped(kOneChannel, kKernel);
  show("conv2d_flipped(image, kernel)", y);
  expect_equal(y, fast_conv2d(kOneChannel.reshape({1, 3, 3}), flipped.reshape({1, 1, 2, 2})));
}

void learned_kernel() {
  title(8, "A kernel learned from an image with a vertical bar and its edges");
  Tensor image = Tensor::ones({1, 1, 6, 8});
  for (Index row = 0; row < 6; row++) {
    for (Index column = 2; column < 6; column++) image.set(0, 0, row, column, 0);
  }
  show("image", image.reshape({6, 8}));
  const Tensor edges = reference::corr2d(image.reshape({6, 8}), Tensor::from({1, 2}, {1, -1}));
  show("edges", edges);
  Conv2d layer{1, 1, {1, 2}, {.bias = false}};
  SGD sgd{layer.parameters(), {.lr = 0.6}};
  for (int step = 1; step <= 200; step++) {
    Tape tape;
    const Var loss = mse_loss(layer(tape.input(image)), edges.reshape({1, 1, 6, 7}));
    sgd.zero_grad();
    tape.backward(loss);
    sgd.step();
    if (step % 50 == 0) print_text("step {:3}  loss {:.2e}\n", step, loss.item());
  }
  const Tensor kernel = layer.parameters()[0]->value.reshape({1, 2});
  show("learned kernel", kernel);
  expect_equal(Tensor::from({1, 2}, {1, -1}), kernel);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints the textbook's examples of convolution.", "corr2d"};
  app.footer("Example: corr2d --seed 1");
  CommonFlags flags;
  add_common_flags(app, flags);
  return run_program(app, argc, argv, [&] {
    apply_common_flags(flags);
    one_channel();
    many_input_channels();
    many_output_channels();
    one_by_one();
    ones_through_a_layer();
    receptive_field();
    flipped_kernel();
    learned_kernel();
    print_text("\nall examples agree\n");
    return 0;
  });
}
