#include <reel/layers/summary.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/inspect/mac_loops.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Sets eval mode while it lives, then every training flag and the generator back.
class Undisturbed {
 public:
  explicit Undisturbed(Module& module) : generator_(generator_state()) {
    remember(module);
    module.eval();
  }
  ~Undisturbed() {
    // From the top down: train() reaches the parts, which then get their own flag.
    for (const auto& [module, training] : flags_) module->train(training);
    set_generator_state(generator_);
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  void remember(Module& module) {
    flags_.emplace_back(&module, module.is_training());
    for (Module* child : module.children()) remember(*child);
  }

  std::vector<std::pair<Module*, bool>> flags_;
  GeneratorState generator_;
};

bool is_image(const Tensor& t) { return t.dim() == 4; }

Index macs_of(const NodeInfo& node, const std::vector<NodeInfo>& nodes) {
  std::vector<Shape> inputs;
  for (const std::size_t i : node.input_positions) inputs.push_back(nodes[i].value.shape());
  return inspect::macs_in(inspect::mac_loops(node.op, inputs, node.value.shape()));
}

ReceptiveField behind(const ReceptiveField& before, const Window& window) {
  const auto grown = [](Index size, Index kernel, Index dilation, Index jump) {
    return size + (kernel - 1) * dilation * jump;
  };
  return {{grown(before.size.h, window.kernel.h, window.dilation.h, before.jump.h),
           grown(before.size.w, window.kernel.w, window.dilation.w, before.jump.w)},
          {before.jump.h * window.stride.h, before.jump.w * window.stride.w}};
}

// Whether each pixel of the output depends on one pixel of the input alone.
bool is_pointwise(const NodeInfo& node, const Tensor& x) {
  constexpr std::array<std::string_view, 6> kMixing{"conv_transpose2d", "linear",  "matmul",
                                                    "layer_norm",       "softmax", "log_softmax"};
  const bool mixes = std::find(kMixing.begin(), kMixing.end(), node.op) != kMixing.end();
  if (node.op == "pad2d") return true;
  return !mixes && is_image(node.value) && node.value.size(2) == x.size(2) && node.value.size(3) == x.size(3);
}

// The field of a node: where branches meet, the largest of theirs.
std::optional<ReceptiveField> field_of(const NodeInfo& node, const std::vector<NodeInfo>& nodes,
                                       const std::vector<std::optional<ReceptiveField>>& fields) {
  if (node.inputs.empty()) {
    return node.op == "input" && is_image(node.value) ? std::optional(ReceptiveField()) : std::nullopt;
  }
  const std::size_t first = node.input_positions[0];
  if (node.window) return fields[first] ? std::optional(behind(*fields[first], *node.window)) : std::nullopt;
  std::optional<ReceptiveField> result;
  for (const std::size_t i : node.input_positions) {
    if (nodes[i].op == "parameter") continue;
    if (!fields[i] || !is_pointwise(node, nodes[i].value)) return std::nullopt;
    if (!result) result = fields[i];
    result->size = {std::max(result->size.h, fields[i]->size.h), std::max(result->size.w, fields[i]->size.w)};
  }
  return result;
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

std::string text_of(Size2 size) { return fmt::format("{}x{}", size.h, size.w); }

std::string field_text(const std::optional<ReceptiveField>& field) {
  return field ? fmt::format("{} jump {}", text_of(field->size), text_of(field->jump)) : "-";
}

}  // namespace

Summary summary(Module& module, const Shape& input) {
  const Undisturbed guard(module);
  Tape tape;  // records, although nothing runs backward: the ops tell their windows
  module(tape.input(Tensor::zeros(input)));
  const std::vector<NodeInfo> nodes = tape.nodes();

  Summary result;
  std::vector<std::optional<ReceptiveField>> fields;
  std::vector<Tensor> seen;
  for (const NodeInfo& node : nodes) {
    fields.push_back(field_of(node, nodes, fields));
    if (node.inputs.empty()) continue;
    result.rows.push_back({.layer = node.scope,
                           .op = node.op,
                           .output = node.var.shape(),
                           .parameters = new_parameters(node, nodes, seen),
                           .macs = macs_of(node, nodes),
                           .field = fields.back()});
    result.macs += result.rows.back().macs;
  }
  for (const Parameter* parameter : module.parameters()) {
    result.parameters += parameter->value.numel();
    if (parameter->trainable) result.trainable_parameters += parameter->value.numel();
  }
  return result;
}

std::string Summary::text() const {
  constexpr std::size_t kColumns = 6;
  using Line = std::array<std::string, kColumns>;
  std::vector<Line> lines{{"layer", "op", "output", "parameters", "MACs", "receptive field"}};
  for (const SummaryRow& row : rows) {
    lines.push_back({row.layer, row.op, row.output.text(), grouped(row.parameters), grouped(row.macs),
                     field_text(row.field)});
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
