// Nodes that wait: the last op that can, and the steps after it (a map of its channels, an add, a relu), run
// together once more is known.
#include <optional>
#include <utility>

#include <reel/core/tape_node.h>
#include <reel/core/tape_profile.h>

namespace reel::inline REEL_PRECISION {

// The value of an input as it was when it was recorded.
const Tensor& Tape::unchanged(std::size_t input) const {
  const Tensor& value = value_at(input);
  if (nodes_[input].changed()) {
    throw Error(
        fmt::format("its value is computed when it is asked for, and {} {}, which it is computed from, was "
                    "changed in place since; call value() before the change, or clone() what is changed",
                    node_kind(nodes_[input]), value.shape()));
  }
  return value;
}

// Undefined before the first one that is wanted.
std::vector<Tensor> Tape::input_values(const Node& node, std::size_t first) const {
  std::vector<Tensor> values(node.edge_count);
  for (std::size_t e = first; e < values.size(); e++) values[e] = unchanged(edges_[node.first_edge + e]);
  return values;
}

Tensor Tape::run(const Chain& chain) const {
  const Node& base = nodes_[chain.base];
  return detail::with_label(
      [&] { return node_label(base); },
      [&] {
        const std::vector<Tensor> values = input_values(base);
        Epilogue epilogue{.map = {}, .addend = {}, .relu = chain.relu};
        if (chain.map) epilogue.map = nodes_[*chain.map].op->channel_map(input_values(nodes_[*chain.map], 1));
        if (chain.addend) epilogue.addend = unchanged(*chain.addend);
        const bool alone = !chain.map && !chain.addend && !chain.relu;
        Tensor result = detail::profiled_forward(profile_, base.scope, *base.op, values, [&] {
          return alone ? base.op->forward(values) : base.op->fused_forward(values, epilogue);
        });
        if (!result.defined() || result.shape() != base.shape) {
          throw ShapeError(
              fmt::format("its forward returned {}, it promised {}", result.shape(), base.shape));
        }
        return result;
      });
}

// What an input's change has put out of reach is an error for who asks for it, not for who comes by.
void Tape::settle() const {
  if (!waiting_) return;
  if (can_compute(nodes_[waiting_->last])) {
    value_at(waiting_->last);
  } else {
    waiting_.reset();
  }
}

// While a chain runs nothing waits, for a forward may use the tape. Where it throws, and where a value from its
// middle is asked for, its nodes are computed one by one when they are asked for: without recording, a node that
// is computed has no op any more that a chain could run.
const Tensor& Tape::value_at(std::size_t index) const {
  Node& node = nodes_[index];
  if (!node.value.defined()) {
    const bool waits = waiting_ && waiting_->last == index;
    if (waiting_ && !waits && (index == waiting_->base || index == waiting_->map)) waiting_.reset();
    const Chain chain = waits ? *std::exchange(waiting_, std::nullopt) : Chain{index, index, {}, {}};
    keep(node, run(chain));
  }
  return node.value;
}

bool Tape::can_compute(const Node& node) const {
  if (node.value.defined()) return true;
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
  node.op_name = node.op->name();
  node.op.reset();
}

// The waiting chain with `op` as its next step, or none.
std::optional<Tape::Chain> Tape::joined(const Op& op, std::span<const Var> inputs) const {
  if (!waiting_) return std::nullopt;
  Chain chain = *waiting_;
  const auto is_last = [&](Var input) { return input.node_ == chain.last; };
  const EpilogueStep step = op.epilogue_step();
  if (step == EpilogueStep::kRelu && is_last(inputs[0])) {
    chain.relu = true;
    return chain;
  }
  // Backward would want what the map was given.
  if (step == EpilogueStep::kMap && !options_.record && chain.last == chain.base && is_last(inputs[0]) &&
      nodes_[chain.base].op->takes_map()) {
    chain.map = nodes_.size();
    return chain;
  }
  if (step == EpilogueStep::kAdd && !chain.addend && is_last(inputs[0]) != is_last(inputs[1])) {
    chain.addend = inputs[is_last(inputs[0]) ? 1 : 0].node_;
    // A base that is its own chain's addend would have to be computed before it.
    if (*chain.addend != chain.base && !nodes_[*chain.addend].changed()) return chain;
  }
  return std::nullopt;
}

}  // namespace reel::inline REEL_PRECISION
