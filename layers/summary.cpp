#include <reel/layers/summary.h>

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <reel/core/inspect/mac_loops.h>
#include <reel/core/inspect/receptive_field.h>
#include <reel/core/random.h>
#include <reel/core/text/printable.h>
#include <reel/layers/eval_mode.h>

namespace reel::inline REEL_PRECISION {
namespace {

Index macs_of(const NodeInfo& node, const std::vector<NodeInfo>& nodes) {
  std::vector<Shape> inputs;
  for (const std::size_t i : node.input_positions) inputs.push_back(nodes[i].value.shape());
  return inspect::macs_in(inspect::mac_loops(node.op, inputs, node.value.shape()));
}

// What the pixels of a node see of an image that the network was given.
std::optional<ReceptiveField> field_of(std::span<const inspect::FieldNode> nodes, std::size_t node,
                                       std::size_t image) {
  const Shape& shape = nodes[node].shape;
  if (!is_image(shape) || shape.numel() == 0) return std::nullopt;
  ReceptiveField largest{.size = 0, .jump = {0, 0}};
  for (Index i = 0; i < std::max(shape[2], shape[3]); i++) {
    const Index pixel = std::min(i, shape[2] - 1) * shape[3] + std::min(i, shape[3] - 1);
    const auto [fields, uniform] = inspect::receptive_fields(nodes, node, pixel);
    if (!fields[image] && !uniform) continue;  // it lies in another part of what was put together
    const auto field = fields[image] ? fields[image]->moving() : std::nullopt;
    if (!field) return std::nullopt;
    const auto& [size, jump] = *field;
    largest.size = {std::max(largest.size.h, size.h), std::max(largest.size.w, size.w)};
    largest.jump = {std::max(largest.jump.h, jump.h), std::max(largest.jump.w, jump.w)};
    if (uniform) break;
  }
  return largest.size == 0 ? std::nullopt : std::optional(largest);
}

// Elements of the parameters among the inputs of a node that no node before has used.
Index new_parameters(const NodeInfo& node, const std::vector<NodeInfo>& nodes, std::vector<Tensor>& seen) {
  Index count = 0;
  for (const std::size_t i : node.input_positions) {
    const Tensor& value = nodes[i].value;
    const auto known = [&](const Tensor& t) { return t.shares_storage(value); };
    if (nodes[i].op != "parameter" || std::any_of(seen.begin(), seen.end(), known)) continue;
    seen.push_back(value);
    count += value.numel();
  }
  return count;
}

// 61706 -> "61,706"
std::string grouped(Index n) {
  const std::string digits = std::to_string(n);
  std::string result;
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string field_text(const std::optional<ReceptiveField>& field) {
  if (!field) return "-";
  const auto& [size, jump] = *field;
  return fmt::format("{}x{} jump {:.4g}x{:.4g}", size.h, size.w, jump.h, jump.w);
}

}  // namespace

Summary summary(Module& module, const Shape& input) {
  const EvalMode eval(module);
  const GeneratorGuard generator;
  Tape tape;  // records, although nothing runs backward: the ops tell what they read
  const Var image = tape.input(Tensor::zeros(input));
  module(image);
  const std::vector<NodeInfo> nodes = tape.nodes();

  Summary result;
  std::vector<inspect::FieldNode> field_nodes;
  std::vector<Tensor> seen;
  for (const NodeInfo& node : nodes) {
    field_nodes.push_back({node.var.shape(), node.input_positions, node.reads});
    if (node.inputs.empty()) continue;
    result.rows.push_back({.layer = node.scope,
                           .op = node.op,
                           .output = node.var.shape(),
                           .parameters = new_parameters(node, nodes, seen),
                           .macs = macs_of(node, nodes),
                           .field = field_of(field_nodes, field_nodes.size() - 1, image.index())});
    result.macs += result.rows.back().macs;
  }
  const std::vector<Parameter*> parameters = module.parameters();
  const std::vector<std::size_t> first = first_of_ties(parameters);
  for (std::size_t i = 0; i < parameters.size(); i++) {
    if (first[i] != i) continue;
    result.parameters += parameters[i]->value.numel();
    if (parameters[i]->trainable) result.trainable_parameters += parameters[i]->value.numel();
  }
  return result;
}

std::string Summary::text() const {
  constexpr std::size_t kColumns = 6;
  using Line = std::array<std::string, kColumns>;
  std::vector<Line> lines{{"layer", "op", "output", "parameters", "MACs", "receptive field"}};
  for (const SummaryRow& row : rows) {
    lines.push_back({printable(row.layer), printable(row.op), row.output.text(), grouped(row.parameters),
                     grouped(row.macs), field_text(row.field)});
  }
  std::array<std::size_t, kColumns> width{};
  for (const Line& line : lines) {
    for (std::size_t c = 0; c < kColumns; c++) width[c] = std::max(width[c], line[c].size());
  }
  std::string result;
  for (const Line& line : lines) {
    result += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}  {:>{}}  {}\n", line[0], width[0], line[1],
                          width[1], line[2], width[2], line[3], width[3], line[4], width[4], line[5]);
  }
  return result + fmt::format("{} parameters ({} trainable), {} MACs\n", grouped(parameters),
                              grouped(trainable_parameters), grouped(macs));
}

}  // namespace reel::inline REEL_PRECISION
