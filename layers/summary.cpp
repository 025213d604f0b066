#include <reel/layers/summary.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <span>

#include <fmt/format.h>

#include <reel/core/inspect/detail/receptive_field.h>
#include <reel/core/random.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/printable.h>
#include <reel/layers/eval_mode.h>

namespace reel::inline REEL_PRECISION {
namespace {

// What the pixels of a node see of an image that the network was given: the largest of them.
class LargestField {
 public:
  LargestField(std::span<const inspect::FieldNode> nodes, std::size_t node, std::size_t image)
      : nodes_(nodes), node_(node), image_(image) {}

  std::optional<ReceptiveField> find() {
    const Shape& shape = nodes_[node_].shape;
    if (!is_image(shape) || shape.numel() == 0) return std::nullopt;
    const bool known = survey({0, shape[2] - 1, 0, shape[3] - 1});
    return known && largest_.size != 0 ? std::optional(largest_) : std::nullopt;
  }

 private:
  // A block is halved until all of its pixels see the same parts of what was put together. From there on rows
  // depend on the row and columns on the column alone, so that its diagonal shows them all. False where the
  // field of a pixel is not known.
  bool survey(const inspect::PixelBlock& block) {
    const auto& [top, bottom, left, right] = block;
    const auto fields = inspect::receptive_fields(nodes_, node_, block);
    if (fields.rows_cut && top < bottom) {
      const Index middle = (top + bottom) / 2;
      return survey({top, middle, left, right}) && survey({middle + 1, bottom, left, right});
    }
    if (fields.columns_cut && left < right) {
      const Index middle = (left + right) / 2;
      return survey({top, bottom, left, middle}) && survey({top, bottom, middle + 1, right});
    }
    if (!fields.of[image_]) return true;
    const Index pixels = fields.uniform ? 1 : std::max(bottom - top, right - left) + 1;
    for (Index i = 0; i < pixels; i++) {
      const Index row = std::min(top + i, bottom), column = std::min(left + i, right);
      const auto pixel = inspect::receptive_fields(nodes_, node_, {row, row, column, column}).of[image_];
      if (pixel && !include(pixel->moving())) return false;
    }
    return true;
  }

  bool include(const std::optional<ReceptiveField>& field) {
    if (!field) return false;
    const auto& [size, jump] = *field;
    largest_.size = {std::max(largest_.size.h, size.h), std::max(largest_.size.w, size.w)};
    largest_.jump = {std::max(largest_.jump.h, jump.h), std::max(largest_.jump.w, jump.w)};
    return true;
  }

  std::span<const inspect::FieldNode> nodes_;
  std::size_t node_, image_;
  ReceptiveField largest_{.size = 0, .jump = {0, 0}};
};

// Elements of the parameters among the inputs of a node that no node before has used.
Index new_parameters(const NodeInfo& node, const std::vector<NodeInfo>& nodes, std::vector<Tensor>& seen) {
  Index count = 0;
  for (const std::size_t i : node.input_positions) {
    const Tensor& value = nodes[i].value;
    const auto known = [&](const Tensor& t) { return t.shares_storage(value); };
    if (nodes[i].leaf != Leaf::kParameter || std::any_of(seen.begin(), seen.end(), known)) continue;
    seen.push_back(value);
    count += value.numel();
  }
  return count;
}

std::string field_text(const std::optional<ReceptiveField>& field) {
  if (!field) return "-";
  const auto& [size, jump] = *field;
  return fmt::format("{}x{} jump {:.4g}x{:.4g}", size.h, size.w, jump.h, jump.w);
}

}  // namespace

Summary summary(Located<Module&> located, const Shape& input) {
  Module& module = located;
  const EvalMode eval(module);
  const GeneratorGuard generator;
  Tape tape;  // records, although nothing runs backward: the ops tell what they read
  const Var image = tape.input({Tensor::zeros(input), located.where});
  module({image, located.where});
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
                           .macs = node.macs,
                           .field = LargestField(field_nodes, field_nodes.size() - 1, image.index()).find()});
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
    lines.push_back({printable(row.layer), printable(row.op), row.output.text(), grouped_text(row.parameters),
                     grouped_text(row.macs), field_text(row.field)});
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
  return result + fmt::format("{} parameters ({} trainable), {} MACs\n", grouped_text(parameters),
                              grouped_text(trainable_parameters), grouped_text(macs));
}

std::ostream& operator<<(std::ostream& os, const Summary& summary) { return os << summary.text(); }

}  // namespace reel::inline REEL_PRECISION
