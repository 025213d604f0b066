// Nodes that wait: the last op that can, and the steps after it (a map of its channels, an add, a relu), run
// together once more is known.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/detail/tape_node.h>
#include <reel/core/detail/tape_profile.h>

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

Tensor Tape::run(const Chain& chain) const {
  const Node& base = nodes_[chain.base];
  const auto label = [&] { return node_label(base); };
  return with_label(label, [&] {
    const std::vector<Tensor> values = input_values(base);
    Epilogue epilogue{.map = {}, .addend = {}, .relu = chain.relu};
    if (chain.map) epilogue.map = map_of(nodes_[*chain.map], base.shape[1]);
    if (chain.addend) epilogue.addend = unchanged(*chain.addend);
    const bool alone = !chain.map && !chain.addend && !chain.relu;
    Tensor result = detail::checked_forward(values, [&] {
      return detail::profiled_forward(profile_, base.scope, *base.op, values, [&] {
        return alone ? base.op->forward(values) : base.op->fused_forward(values, epilogue);
      });
    });
    if (result.shape() == base.shape) return result;
    throw ShapeError(fmt::format("its forward returned {}, it promised {}", result.shape(), base.shape));
  });
}

ChannelMap Tape::map_of(const Node& node, Index channels) const {
  const auto label = [&] { return node_label(node); };
  return with_label(label, [&] {
    ChannelMap map = node.op->channel_map(input_values(node, 1));
    const Shape wanted{channels};
    const bool shift_fits = !map.shift.defined() || map.shift.shape() == wanted;
    if (map.mean.shape() == wanted && map.scale.shape() == wanted && shift_fits) return map;
    throw ShapeError(fmt::format("its channel_map() gave mean {}, scale {} and shift {} for {} channels",
                                 map.mean.shape(), map.scale.shape(), map.shift.shape(), channels));
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

// While a chain runs nothing waits, for a forward may use the tape. Where it throws, and where a value from
// its middle is asked for, its nodes are computed one by one when they are asked for: without recording, a
// node that is computed has no op any more that a chain could run.
const Tensor& Tape::value_at(std::size_t index) const {
  Node& node = nodes_[index];
  if (!node.value.defined()) {
    if (!node.op) {
      throw Error(
          fmt::format("{}: its value is gone, for no Var of it was left and the tape does not record; keep "
                      "the Var, or make the tape without {{.record = false}}",
                      node_label(node)));
    }
    const bool waits = waiting_ && waiting_->last == index;
    if (waiting_ && !waits && (index == waiting_->base || index == waiting_->map)) waiting_.reset();
    const Chain chain = waits ? *std::exchange(waiting_, std::nullopt) : Chain{index, index, {}, {}};
    keep(node, run(chain));
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
  if (waiting_ && waiting_->last == index) waiting_.reset();
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

// What an op says it is to one that waits must fit what it is given: a chain goes by it.
void Tape::check_step(const Op& op, std::span<const Var> inputs) const {
  const auto check = [&](bool fits, std::string_view step, std::string_view wanted) {
    if (fits) return;
    std::vector<std::string> shapes;
    for (const Var& input : inputs) shapes.push_back(shape_of(input).text());
    throw ShapeError(fmt::format("its epilogue_step() is {}, which takes {}; it was given {} inputs: {}",
                                 step, wanted, inputs.size(), fmt::join(shapes, ", ")));
  };
  switch (op.epilogue_step()) {
    case EpilogueStep::kNone:
      return;
    case EpilogueStep::kMap:
      return check(!inputs.empty(), "kMap", "an input and what maps it");
    case EpilogueStep::kRelu:
      return check(inputs.size() == 1, "kRelu", "one input");
    case EpilogueStep::kAdd:
      return check(inputs.size() == 2 && shape_of(inputs[0]) == shape_of(inputs[1]), "kAdd",
                   "two inputs of the same shape");
  }
}

// The waiting chain with `op` as its next step, or none.
std::optional<Tape::Chain> Tape::joined(const Op& op, std::span<const Var> inputs) const {
  if (!waiting_) return std::nullopt;
  Chain chain = *waiting_;
  const auto is_last = [&](const Var& input) { return input.node_ == chain.last; };
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
