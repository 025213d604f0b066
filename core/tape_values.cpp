// The values of a tape's nodes: computed when they are asked for, let go when nobody can.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/detail/tape_fusion.h>

namespace reel::inline REEL_PRECISION {

// The value of an input as it was when it was recorded.
const Tensor& Tape::unchanged(std::size_t input) const {
  const Tensor& value = value_at(input);
  if (nodes_[input].changed()) {
    const Node& node = nodes_[input];
    const std::string kind(node_kind(node)), name = name_of(node);
    throw Error(
        fmt::format("its value is computed when it is asked for, and {} {}, which it is computed from, was "
                    "changed in place since, as an optimiser's step does; call value() before the change, or "
                    "clone() what is changed",
                    name == kind ? kind : fmt::format("{} \"{}\"", kind, name), value.shape()));
  }
  return value;
}

// Undefined before the first one that is wanted.
std::vector<Tensor> Tape::input_values(const Node& node, std::size_t first) const {
  std::vector<Tensor> values(node.edge_count);
  for (std::size_t e = first; e < values.size(); e++) values[e] = unchanged(edges_[node.first_edge + e]);
  return values;
}

// Of an op that reads its first input through a map, where that is not stored; else nullptr.
const Tape::Mapped* Tape::read_through_map(const Node& node) const {
  if (!node.op->fusible().reads_map) return nullptr;
  const Node& first = nodes_[edges_[node.first_edge]];
  return first.is_mapped() ? first.mapped.get() : nullptr;
}

const Tensor& Tape::value_at(std::size_t index) const {
  Node& node = nodes_[index];
  if (!node.value.defined()) {
    if (!node.op) {
      throw Error(
          fmt::format("{}: its value is gone, for no Var of it was left and the tape does not record; keep "
                      "the Var, or make the tape without {{.record = false}}",
                      node_label(node)));
    }
    keep(node, fusion_->compute(index));
  }
  return node.value;
}

const Tensor& Tape::value_of(const Var& var, Located<std::string_view> user) const {
  const auto label = [&] { return call_label(user, Scope::path(), Scope::resolve(user.where)); };
  return with_label(label, [&]() -> const Tensor& { return value_at(var.node_); });
}

// For who asks by value(). From here on a reference to the value is good as long as the tape.
const Tensor& Tape::show(const Var& var, Location where) const {
  const Tensor& value = value_of(var, {"value", where});
  nodes_[var.node_].shown = true;
  return value;
}

// What nobody needs any more, on a tape that does not record, goes at once. An op that was not computed goes
// with its value, and with it its hold on its inputs.
void Tape::count(std::size_t index, int change) const noexcept {
  Node& node = nodes_[index];
  node.users += change;
  if (node.users > 0 || node.shown) return;
  fusion_->forget(index);
  node.value = Tensor();
  if (node.op) {
    node.op.reset();
    count_inputs(node, -1);
  }
}

void Tape::count_inputs(const Node& node, int change) const noexcept {
  for (std::uint32_t e = 0; e < node.edge_count; e++) count(edges_[node.first_edge + e], change);
}

bool Tape::can_compute(const Node& node) const {
  if (node.value.defined()) return true;
  if (!node.op) return false;
  if (node.mapped) return can_compute(nodes_[node.mapped->source]) && !nodes_[node.mapped->source].changed();
  for (std::uint32_t e = 0; e < node.edge_count; e++) {
    const Node& input = nodes_[edges_[node.first_edge + e]];
    if (!can_compute(input) || input.changed()) return false;
  }
  return true;
}

void Tape::keep(Node& node, Tensor value) const {
  node.version = value.version();
  node.value = std::move(value);
  if (options_.record) return;
  node.op.reset();
  count_inputs(node, -1);
}

}  // namespace reel::inline REEL_PRECISION
