#include <reel/core/inspect/terminal/sliding.h>

#include <algorithm>
#include <array>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Each element of the output is made of the elements at its place; statistics of a normalisation aside.
bool is_elementwise(std::string_view op) {
  constexpr std::array<std::string_view, 19> kOps{
      "add",  "sub", "mul", "div",  "neg", "relu", "leaky_relu", "gelu",    "silu",        "sigmoid",
      "tanh", "exp", "log", "sqrt", "pow", "abs",  "clamp",      "dropout", "batch_norm2d"};
  return std::ranges::find(kOps, op) != kOps.end();
}

Index whole(const std::vector<double>& values, std::size_t i, Index otherwise) {
  return i < values.size() ? static_cast<Index>(values[i]) : otherwise;
}

// A slice, or a part of what was put together, along one dimension: rows, columns, or neither.
Sliding along(Index dim, Index start, Index step) {
  Sliding result;
  if (dim == 2) result = {{.stride = {step, 1}}, {start, 0}};
  if (dim == 3) result = {{.stride = {1, step}}, {0, start}};
  return result;
}

// What is broadcast is read again and again: a stride of 0.
Sliding elementwise(const Shape& from, const Shape& to) {
  return {{.stride = {from[2] == to[2], from[3] == to[3]}}, 0};
}

Sliding part_of(const Trace& trace, const TraceNode& node, std::size_t input, Index dim) {
  Index before = 0;
  for (std::size_t i = 0; i < input; i++) before += trace.nodes()[node.inputs[i]].shape[dim];
  return along(dim, -before, 1);
}

}  // namespace

std::vector<double> option_of(const Op& op, std::string_view name) {
  for (OpOption& option : op.options()) {
    if (option.name == name) return std::move(option.values);
  }
  return {};
}

std::optional<Sliding> sliding_of(const Trace& trace, std::size_t node, std::size_t input) {
  const TraceNode& info = trace.nodes()[node];
  const Shape& from = trace.nodes()[info.inputs[input]].shape;
  if (info.shape.dim() != 4 || from.dim() != 4) return std::nullopt;
  const Op& op = *trace.op(node);
  const std::vector<double> padding = option_of(op, "padding");  // top, bottom, left, right
  const Size2 start(-whole(padding, 0, 0), -whole(padding, 2, 0));
  if (info.window) return input == 0 ? std::optional(Sliding{*info.window, start}) : std::nullopt;
  if (!info.built_in) return std::nullopt;  // whatever it is called
  if (info.op == "pad2d") return Sliding{{}, start};
  if (is_elementwise(info.op)) return elementwise(from, info.shape);
  const Index dim = whole(option_of(op, "dim"), 0, 0);
  if (info.op == "concat") return part_of(trace, info, input, dim);
  if (info.op != "slice") return std::nullopt;
  return along(dim, whole(option_of(op, "begin"), 0, 0), whole(option_of(op, "step"), 0, 1));
}

}  // namespace reel::inline REEL_PRECISION::inspect
