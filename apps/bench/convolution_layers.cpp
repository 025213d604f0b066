#include "convolution_layers.h"

#include <algorithm>

#include <fmt/format.h>

namespace reel::apps {
namespace {

// A tape does not tell the padding; the networks pad all sides alike and no more than y's size needs.
Index padding(Index in, Index out, Index kernel, Index stride) {
  return std::max<Index>(0, ((out - 1) * stride + kernel - in + 1) / 2);
}

}  // namespace

std::vector<OpCall> convolution_layers() {
  std::vector<OpCall> layers{{.network = "headline",
                              .op = "conv2d",
                              .x = {16, 64, 32, 32},
                              .weight = {64, 64, 3, 3},
                              .y = {16, 64, 32, 32},
                              .window = {.kernel = 3},
                              .has_bias = false,
                              .reads_images = false}};
  for (OpCall& call : network_ops()) {
    if (call.op == "conv2d") layers.push_back(std::move(call));
  }
  return layers;
}

std::string convolution_text(const OpCall& call) {
  const Shape &x = call.x, &weight = call.weight;
  std::string text = fmt::format("{} {}x{} {}->{}", call.network, weight[2], weight[3], x[1], weight[0]);
  if (groups_of(call) > 1) text += fmt::format(" g{}", groups_of(call));
  if (call.window.stride.h > 1) text += fmt::format(" s{}", call.window.stride.h);
  return text + fmt::format(" {}x{} b{}", x[2], x[3], x[0]);
}

Index groups_of(const OpCall& call) { return call.x[1] / call.weight[1]; }

Size2 padding_of(const OpCall& call) {
  const Size2 stride = call.window.stride;
  return {padding(call.x[2], call.y[2], call.weight[2], stride.h),
          padding(call.x[3], call.y[3], call.weight[3], stride.w)};
}

}  // namespace reel::apps
