// Networks whose receptive fields the summary, the terminal and the page must tell alike.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <reel/core/ops/ops.h>

#include "own_op.h"
#include "uniform.h"

namespace reel_test {

struct FieldNet {
  std::string name;
  std::function<reel::Var(reel::Var)> f;  // of an image [1,2,9,8]
  std::string field;                      // of the output, as the summary writes it in eval mode
};

inline std::vector<FieldNet> field_nets() {
  using namespace reel;
  const auto weight = [](Var x, Shape shape) { return x.tape().input(uniform(shape, Scalar(0.1), 1, 1)); };
  const auto conv = [=](Var x, Size2 kernel, Conv2dOptions options = {}) {
    return conv2d(x, weight(x, {2, 2 / options.groups, kernel.h, kernel.w}), {}, options);
  };
  const auto up = [=](Var x, Index kernel, ConvTranspose2dOptions options = {}) {
    return conv_transpose2d(x, weight(x, {2, 2 / options.groups, kernel, kernel}), {}, options);
  };
  const auto norm = [](Var x, bool training) {
    const Index c = x.shape()[1];
    return batch_norm2d(
        x, {}, {},
        {.running_mean = Tensor::zeros({c}), .running_var = Tensor::ones({c}), .training = training});
  };
  return {
      {"convolution",
       [=](Var x) {
         return conv(x, {3, 2}, {.padding = 1});
       },
       "3x2 jump 1x1"},
      {"stride",
       [=](Var x) {
         return conv(conv(x, 3, {.stride = {2, 1}}), 2);
       },
       "5x4 jump 2x1"},
      {"dilation, groups",
       [=](Var x) {
         return conv(relu(conv(x, 2, {.dilation = {3, 2}, .groups = 2})), 2);
       },
       "5x4 jump 1x1"},
      {"one-sided padding in branches",
       [=](Var x) {
         return conv(x, 3, {.padding = {2, 0, 2, 0}}) + conv(x, 3, {.padding = {0, 2, 0, 2}});
       },
       "5x5 jump 1x1"},
      {"padding alone",
       [=](Var x) {
         return conv(conv(x, 1, {.padding = 2}), 1, {.stride = {1, 2}});
       },
       "1x1 jump 1x2"},
      {"pooling", [=](Var x) { return avg_pool2d(max_pool2d(x, 3, {.stride = 2, .padding = 1}), 2); },
       "5x5 jump 4x4"},
      {"global pooling", [](Var x) { return global_avg_pool2d(relu(x)); }, "9x8 jump 1x1"},
      {"gate", [](Var x) { return x * sigmoid(global_avg_pool2d(x)); }, "9x8 jump 1x1"},
      {"transposed", [=](Var x) { return up(x, 3, {.stride = 2, .padding = 1}); }, "2x2 jump 0.5x0.5"},
      {"transposed, stride 1", [=](Var x) { return up(x, 3); }, "3x3 jump 1x1"},
      {"transposed, dilation", [=](Var x) { return up(x, 2, {.stride = 2, .dilation = 3, .groups = 2}); },
       "1x1 jump 0.5x0.5"},
      {"transposed, no overlap", [=](Var x) { return up(conv(x, 3), 2, {.stride = 2}); }, "3x3 jump 0.5x0.5"},
      {"bilinear",
       [](Var x) {
         return upsample2d(x, {2, 3}, {.mode = Interpolation::kBilinear});
       },
       "2x2 jump 0.5x0.3333"},
      {"windows of uneven places",
       [=](Var x) {
         return conv(adaptive_avg_pool2d(x, {4, 3}), 2);
       },
       "5x6 jump 2x2"},
      {"down and up", [=](Var x) { return conv(up(max_pool2d(x, 2), 2, {.stride = 2}), 3, {.padding = 1}); },
       "4x4 jump 1x1"},
      {"U",
       [=](Var x) {
         x = slice(x, 2, {0, 8});
         return relu(concat({up(max_pool2d(x, 2), 2, {.stride = 2}), x}, 1));
       },
       "2x2 jump 1x1"},
      {"transpose",
       [=](Var x) {
         return transpose(conv(x, {1, 3}), 2, 3);
       },
       "3x1 jump 1x1"},
      {"transpose, stride",
       [=](Var x) {
         return conv(transpose(conv(x, {1, 3}, {.stride = {2, 1}}), 2, 3), {3, 1});
       },
       "5x1 jump 1x2"},
      {"transpose of image and channel", [=](Var x) { return transpose(conv(x, 3), 0, 1); }, "3x3 jump 1x1"},
      {"transpose beside none",
       [](Var x) {
         x = slice(x, 2, {0, 8});
         return x + transpose(x, 2, 3);
       },
       "-"},
      {"permute",
       [=](Var x) {
         return permute(conv(x, 3), {0, 2, 3, 1});
       },
       "-"},
      {"permute that keeps pixels",
       [=](Var x) {
         return permute(conv(x, 3), {1, 0, 2, 3});
       },
       "3x3 jump 1x1"},
      {"reshape",
       [=](Var x) {
         return reshape(conv(x, 3), {1, 2, 6, 7});
       },
       "-"},
      {"reshape that keeps pixels",
       [=](Var x) {
         return reshape(conv(x, 3), {2, 1, 7, 6});
       },
       "3x3 jump 1x1"},
      {"own op", [=](Var x) { return own_op("reverse", conv(x, 3)); }, "-"},
      {"own op behind a branch", [=](Var x) { return conv(x, 3, {.padding = 1}) + own_op("relu", x); }, "-"},
      {"batch norm, training", [=](Var x) { return conv(norm(conv(x, 3), true), 3); }, "-"},
      {"batch norm, eval", [=](Var x) { return conv(norm(conv(x, 3), false), 3); }, "5x5 jump 1x1"},
      {"layer norm",
       [=](Var x) {
         return layer_norm(conv(x, 3), weight(x, {2, 7, 6}));
       },
       "-"},
      {"layer norm of rows", [=](Var x) { return layer_norm(conv(x, 3), weight(x, {6})); }, "3x8 jump 1x0"},
      {"softmax over channels", [=](Var x) { return softmax(conv(x, 3), 1); }, "3x3 jump 1x1"},
      {"softmax over columns", [=](Var x) { return softmax(conv(x, 3), 3); }, "3x8 jump 1x0"},
      {"linear over columns",
       [=](Var x) {
         return linear(x, weight(x, {5, 8}));
       },
       "1x8 jump 1x0"},
      {"attention", [=](Var x) { return matmul(softmax(matmul(x, transpose(x, 2, 3))), x); }, "-"},
      {"mean over rows", [](Var x) { return mean(x, 2, {.keepdim = true}); }, "9x1 jump 1x1"},
      {"mean over all pixels",
       [](Var x) {
         return mean(x, {2, 3}, {.keepdim = true});
       },
       "9x8 jump 1x1"},
      {"flatten and linear",
       [=](Var x) {
         return linear(flatten(conv(x, 3)), weight(x, {3, 84}));
       },
       "-"},
      {"one pixel, flattened", [=](Var x) { return flatten(relu(x)); }, "-"},
      {"residual", [=](Var x) { return relu(x + conv(relu(conv(x, 3, {.padding = 1})), 3, {.padding = 1})); },
       "5x5 jump 1x1"},
      {"concat of channels",
       [=](Var x) {
         return concat({conv(x, 3, {.padding = 1}), x}, 1);
       },
       "3x3 jump 1x1"},
      {"concat of rows",
       [=](Var x) {
         return conv(concat({slice(x, 2, {1, 8, 3}), x}, 2), 2);
       },
       "8x2 jump 3x1"},
      {"mosaic",
       [=](Var x) {
         const auto part = [&](Size2 kernel) { return slice(slice(conv(x, kernel), 2, {0, 5}), 3, {0, 4}); };
         return concat({concat({part(1), part({1, 5})}, 3), concat({part({5, 1}), part(2)}, 3)}, 2);
       },
       "5x5 jump 1x1"},
      {"rows that move around",
       [=](Var x) {
         x = concat({slice(x, 2, {3, 9}), slice(x, 2, {0, 3})}, 2);
         return conv(concat({slice(x, 3, {5, 8}), slice(x, 3, {0, 5})}, 3), {1, 3});
       },
       "1x8 jump 1x1"},
      {"images turned in part",
       [=](Var x) {
         x = slice(conv(x, {1, 3}), 2, {0, 6});
         return concat({transpose(x, 2, 3), conv(x, {3, 1}, {.padding = {1, 0}})}, 3);
       },
       "3x3 jump 1x1"},
      {"slice and pad",
       [=](Var x) {
         return pad2d(slice(conv(x, 2), 3, {1, 7, 2}), {1, 0, 2, 1});
       },
       "2x2 jump 1x2"},
      {"dropout, scale", [](Var x) { return dropout(2 * x, 0.5, true); }, "1x1 jump 1x1"},
  };
}

}  // namespace reel_test
