// What waits on a tape, and how it runs in one pass with the steps that follow.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/detail/kernel_steps.h>
#include <reel/core/detail/tape_fusion.h>
#include <reel/core/detail/tape_profile.h>
#include <reel/core/kernels/detail/normalization.h>

namespace reel::inline REEL_PRECISION {

namespace {

// Of what was read through a map so far.
Tensor mapped(const Tensor& x, const Prologue& prologue) {
  const Index batch = x.size(0), channels = x.size(1);
  Tensor y = Tensor::uninitialized(x.shape());
  kernels::channel_normalize(x.data(), {batch, channels, x.numel() / std::max<Index>(batch * channels, 1)},
                             kernel_map(prologue.map), {.relu = prologue.relu}, y.mutable_data());
  return y;
}

}  // namespace

void Tape::Fusion::check(const Op& op, std::span<const Var> inputs) const {
  if (op.fusible().reads_map && inputs.empty()) {
    throw ShapeError("it reads its first input through a map, and was given none");
  }
  const auto check = [&](bool fits, std::string_view step, std::string_view wanted) {
    if (fits) return;
    std::vector<std::string> shapes;
    for (const Var& input : inputs) shapes.push_back(tape_.shape_of(input).text());
    throw ShapeError(fmt::format("its step is {}, which takes {}; it was given {} inputs: {}", step, wanted,
                                 inputs.size(), fmt::join(shapes, ", ")));
  };
  switch (op.fusible().step) {
    case EpilogueStep::kNone:
      return;
    case EpilogueStep::kMap:
      return check(!inputs.empty(), "kMap", "an input and what maps it");
    case EpilogueStep::kRelu:
      return check(inputs.size() == 1, "kRelu", "one input");
    case EpilogueStep::kAdd:
      return check(inputs.size() == 2 && tape_.shape_of(inputs[0]) == tape_.shape_of(inputs[1]), "kAdd",
                   "two inputs of the same shape");
  }
}

std::optional<Tape::Chain> Tape::Fusion::joined(const Op& op, std::span<const Var> inputs) const {
  if (!waiting_ || waiting_->relu) return std::nullopt;
  Chain chain = *waiting_;
  const auto is_last = [&](const Var& input) { return input.node_ == chain.last; };
  const EpilogueStep step = op.fusible().step;
  if (step == EpilogueStep::kRelu && is_last(inputs[0])) {
    chain.relu = true;
    return chain;
  }
  // Backward would want what the map was given.
  if (step == EpilogueStep::kMap && !tape_.options_.record && chain.last == chain.base &&
      is_last(inputs[0]) && tape_.nodes_[chain.base].op->fusible().takes_map) {
    chain.map = tape_.nodes_.size();
    return chain;
  }
  if (step == EpilogueStep::kAdd && !chain.addend && is_last(inputs[0]) != is_last(inputs[1])) {
    chain.addend = inputs[is_last(inputs[0]) ? 1 : 0].node_;
    // A base that is its own chain's addend would have to be computed before it.
    if (*chain.addend != chain.base && !tape_.nodes_[*chain.addend].changed()) return chain;
  }
  return std::nullopt;
}

// Without recording a map runs with the convolution before it.
bool Tape::Fusion::is_map(const Chain& chain) const {
  return tape_.options_.record && !chain.addend &&
         tape_.nodes_[chain.base].op->fusible().step == EpilogueStep::kMap;
}

void Tape::Fusion::leave_to(const Op& op, std::span<const Var> inputs) {
  if (!waiting_ || !op.fusible().reads_map || !is_map(*waiting_)) return;
  const Node& map = tape_.nodes_[waiting_->base];
  const std::uint32_t source = tape_.edges_[map.first_edge];
  const Node& mapped = tape_.nodes_[source];
  // A leaf's tensor is the program's own, which may fill it again before backward reads it.
  const bool suits =
      mapped.shape == map.shape && map.shape.dim() >= 2 && !mapped.is_leaf() && !mapped.changed();
  if (inputs[0].node_ != waiting_->last || !suits) return;
  const auto [mean, scale, shift] = map_of(map, map.shape[1]);
  Prologue prologue{{mean.clone(), scale.clone(), shift.defined() ? shift.clone() : shift}, waiting_->relu};
  tape_.nodes_[waiting_->last].mapped = std::make_unique<const Mapped>(Mapped{source, std::move(prologue)});
  if (tape_.profile_) tape_.profile_->add(map.scope, map.op->name(), Pass::kForward, 0);
  forget();
}

void Tape::Fusion::settle() {
  if (!waiting_) return;
  if (tape_.can_compute(tape_.nodes_[waiting_->last])) {
    tape_.value_at(waiting_->last);
  } else {
    forget();
  }
}

Tensor Tape::Fusion::compute(std::size_t node) {
  if (const auto& source = tape_.nodes_[node].mapped) {
    const Node& last = tape_.nodes_[node];
    return with_label([&] { return tape_.node_label(last); },
                      [&] {
                        const std::vector<Tensor> x{tape_.unchanged(source->source)};
                        return detail::profiled_forward(tape_.profile_, last.scope, *last.op, x,
                                                        [&] { return mapped(x[0], source->prologue); });
                      });
  }
  const bool waits = waiting_ && waiting_->last == node;
  if (waiting_ && !waits && (node == waiting_->base || node == waiting_->map)) forget();
  return run(waits ? *std::exchange(waiting_, std::nullopt) : Chain{node, node});
}

Tensor Tape::Fusion::run(const Chain& chain) const {
  const Node& base = tape_.nodes_[chain.base];
  return with_label([&] { return tape_.node_label(base); },
                    [&] {
                      const Mapped* const first = tape_.read_through_map(base);
                      std::vector<Tensor> values = tape_.input_values(base, first ? 1 : 0);
                      if (first) values[0] = tape_.unchanged(first->source);
                      const Prologue prologue = first ? first->prologue : Prologue{};
                      Epilogue epilogue{.map = {}, .addend = {}, .relu = chain.relu};
                      if (chain.map) epilogue.map = map_of(tape_.nodes_[*chain.map], base.shape[1]);
                      if (chain.addend) epilogue.addend = tape_.unchanged(*chain.addend);
                      const bool alone = !first && !chain.map && !chain.addend && !chain.relu;
                      return detail::checked_forward(values, &base.shape, [&] {
                        return detail::profiled_forward(tape_.profile_, base.scope, *base.op, values, [&] {
                          return alone ? base.op->forward(values)
                                       : base.op->fused_forward(values, prologue, epilogue);
                        });
                      });
                    });
}

ChannelMap Tape::Fusion::map_of(const Node& node, Index channels) const {
  return with_label(
      [&] { return tape_.node_label(node); },
      [&] {
        ChannelMap map = node.op->channel_map(tape_.input_values(node, 1));
        const Shape wanted{channels};
        const bool shift_fits = !map.shift.defined() || map.shift.shape() == wanted;
        if (map.mean.shape() == wanted && map.scale.shape() == wanted && shift_fits) return map;
        throw ShapeError(fmt::format("its channel_map() gave mean {}, scale {} and shift {} for {} channels",
                                     map.mean.shape(), map.scale.shape(), map.shift.shape(), channels));
      });
}

}  // namespace reel::inline REEL_PRECISION
