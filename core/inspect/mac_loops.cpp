#include <reel/core/inspect/mac_loops.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Each of the images' pixels meets the weights that stand over it.
std::vector<MacLoop> convolution_loops(const Shape& images, char own, char other, const Shape& weight) {
  std::vector<MacLoop> loops{{'n', images[0]}, {own, images[1]}, {other, weight[1]}};
  if (weight.dim() == 4 && weight[2] * weight[3] != 1) {
    loops.push_back({'u', weight[2]});
    loops.push_back({'v', weight[3]});
  }
  loops.push_back({'i', images[2]});
  loops.push_back({'j', images[3]});
  return loops;
}

std::vector<MacLoop> matmul_loops(const Shape& a, const Shape& b, const Shape& y) {
  const Index rows = a.dim() > 1 ? a[-2] : 1, columns = b.dim() > 1 ? b[-1] : 1;
  std::vector<MacLoop> loops;
  if (y.dim() > 2) loops.push_back({'n', rows * columns == 0 ? 0 : y.numel() / (rows * columns)});
  if (a.dim() > 1) loops.push_back({'i', rows});
  if (b.dim() > 1) loops.push_back({'j', columns});
  loops.push_back({'k', a[-1]});
  return loops;
}

}  // namespace

// A user's op may bear any name: its shapes tell whether it can be what it is called.
std::vector<MacLoop> mac_loops(std::string_view op, std::span<const Shape> inputs, const Shape& output) {
  if (inputs.size() < 2) return {};
  const Shape &x = inputs[0], &weight = inputs[1];
  const bool images = x.dim() == 4 && output.dim() == 4 && (weight.dim() == 2 || weight.dim() == 4);
  if (images && (op == "conv2d" || op == "conv1x1")) return convolution_loops(output, 'o', 'c', weight);
  if (images && op == "conv_transpose2d") return convolution_loops(x, 'c', 'o', weight);
  if (op == "matmul" && x.dim() > 0 && weight.dim() > 0) return matmul_loops(x, weight, output);
  if (op != "linear" || weight.dim() != 2) return {};
  const Index out = weight[0], in = weight[1];
  return {{'n', out == 0 ? 0 : output.numel() / out}, {'o', out}, {'c', in}};
}

Index macs_in(std::span<const MacLoop> loops) {
  if (loops.empty()) return 0;
  Index macs = 1;
  for (const MacLoop& loop : loops) macs *= loop.count;
  return macs;
}

}  // namespace reel::inline REEL_PRECISION::inspect
