// Records ops, and finds tapes by their Vars and nodes by their names.
#include <reel/core/tape.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_set>

#include <reel/core/detail/tape_fusion.h>
#include <reel/core/detail/tape_profile.h>

namespace reel::inline REEL_PRECISION {

namespace {

// The living tapes. A Var finds its tape here; the generation tells a tape from a later one in the same slot.
struct Slot {
  std::atomic<Tape*> tape{nullptr};
  std::atomic<std::uint64_t> generation{0};
};
constexpr std::uint32_t kSlots = 4096;
std::array<Slot, kSlots> tape_slots;
std::mutex slots_mutex;

std::uint32_t claim_slot(Tape* tape, bool counts_vars) {
  const std::lock_guard lock(slots_mutex);
  for (std::uint32_t i = 0; i < kSlots; i++) {
    if (tape_slots[i].tape.load(std::memory_order_relaxed)) continue;
    const std::uint64_t previous = tape_slots[i].generation.load(std::memory_order_relaxed);
    tape_slots[i].generation.store(detail::next_generation(previous, counts_vars), std::memory_order_relaxed);
    tape_slots[i].tape.store(tape, std::memory_order_release);
    return i;
  }
  throw Error(fmt::format("Tape: {} tapes are alive already; a tape should die with its step", kSlots));
}

}  // namespace

// ---- Var

Tape& Var::tape(Located<std::string_view> user) const {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{}: {}", call_label(user, Scope::path(), Scope::resolve(user.where)), why));
  };
  if (!defined()) fail("an empty Var was given; make one with tape.input(...), tape.variable(...) or an op");
  Tape* tape = tape_slots[slot_].tape.load(std::memory_order_acquire);
  if (!tape || tape_slots[slot_].generation.load(std::memory_order_relaxed) != generation_) {
    fail(
        "the tape of this Var is gone; keep the Tape alive while its Vars are used, or clone() the value "
        "before");
  }
  return *tape;
}

void Var::count(int change) const noexcept {
  const Tape* tape = tape_slots[slot_].tape.load(std::memory_order_acquire);
  const bool lives = tape && tape_slots[slot_].generation.load(std::memory_order_relaxed) == generation_;
  if (lives) tape->count(node_, change);
}

const Tensor& Var::value(Location where) const { return tape({"value", where}).show(*this, where); }
const Shape& Var::shape(Location where) const { return tape({"shape", where}).shape_of(*this); }

Tensor Var::grad(Location where) const {
  const Tape& owner = tape({"grad", where});
  const Tape::Node& node = owner.nodes_[node_];
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("grad ({}): {} {}", Scope::resolve(where).text(), owner.node_label(node), why));
  };
  if (!owner.options_.record) fail("is on a tape that does not record; make it without {.record = false}");
  if (!node.wants_grad)
    fail("wants no gradient; make the leaf with tape.variable(...) or a trainable parameter");
  if (!owner.backward_ran_) fail("has no gradient yet; call tape.backward(loss) first");
  if (!node.is_leaf() && !owner.options_.keep_grads) {
    fail(
        "does not keep its gradient; only parameters and variables do, or every node of Tape{{.keep_grads = "
        "true}}");
  }
  return node.grad.defined() ? node.grad.sum() : Tensor::zeros(node.shape);
}

Var Var::detach(Location where) const {
  Tape& owner = tape({"detach", where});
  return owner.input({owner.value_of(*this, {"detach", where}), where});
}

Var Var::named(Located<std::string> name) const {
  tape({"named", name.where}).nodes_[node_].given_name = std::move(name);
  return *this;
}

// ---- Tape

Tape::Tape(TapeOptions options)
    : options_(options),
      node_deque_(std::make_unique<std::deque<Node>>()),
      nodes_(*node_deque_),
      fusion_(std::make_unique<Fusion>(*this)),
      slot_(claim_slot(this, !options.record)),
      generation_(tape_slots[slot_].generation.load()),
      profile_(options.profile) {}

Tape::~Tape() { tape_slots[slot_].tape.store(nullptr, std::memory_order_release); }

namespace {

std::string_view leaf_name(Leaf leaf) {
  constexpr std::array<std::string_view, 4> kNames{"", "input", "variable", "parameter"};
  return kNames[static_cast<std::size_t>(leaf)];
}

}  // namespace

Var Tape::add_leaf(Leaf kind, Located<Tensor> value, bool wants_grad) {
  if (!value.defined()) {
    throw Error(fmt::format("{}: the tensor is empty; give it a shape first",
                            call_label(leaf_name(kind), Scope::path(), Scope::resolve(value.where))));
  }
  std::string scope = Scope::path();
  const Location resolved = Scope::resolve(value.where);
  Node& node = nodes_.emplace_back();
  node.leaf = kind;
  node.wants_grad = wants_grad && options_.record;
  node.shape = value.shape();
  node.version = value.version();
  node.value = std::move(value);
  node.where = resolved;
  node.scope = std::move(scope);
  return last_var();
}

Var Tape::last_var() const { return {generation_, slot_, static_cast<std::uint32_t>(nodes_.size() - 1)}; }

Var Tape::parameter(Located<Parameter&> located) {
  Parameter& parameter = located;
  if (!parameter.defined()) return {};
  const bool of_a_stranger =
      parameter.trainable && parameter.optimizers == 0 && Scope::is_stranger(parameter, located.where);
  const Var leaf = add_leaf(Leaf::kParameter, {parameter.value, located.where}, parameter.trainable);
  nodes_.back().parameter = &parameter;
  nodes_.back().of_a_stranger = of_a_stranger;
  return leaf;
}

const Shape& Tape::shape_of(Var var) const { return nodes_[var.node_].shape; }

std::size_t Tape::index_of(const Var& var, Located<std::string_view> user) const {
  if (&var.tape(user) != this) {
    throw Error(
        fmt::format("{}: a Var of another tape was given; all inputs must be recorded on the same tape",
                    call_label(user, Scope::path(), Scope::resolve(user.where))));
  }
  return var.node_;
}

Var Tape::apply(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs) {
  return record(std::move(op), nullptr, inputs);
}

Var Tape::apply(Located<std::unique_ptr<Op>> op, const Shape& result, std::span<const Var> inputs) {
  return record(std::move(op), &result, inputs);
}

namespace {

auto label_of(const Located<std::unique_ptr<Op>>& op) {
  return [name = op->name(), where = op.where] {
    return call_label(name, Scope::path(), Scope::resolve(where));
  };
}

}  // namespace

// `result` is the shape of the op's value, where it is known before that is computed.
Var Tape::record(Located<std::unique_ptr<Op>> op, const Shape* result, std::span<const Var> inputs) {
  const bool changed = check_recordable(op, inputs);
  with_label(label_of(op), [&] { fusion_->check(*op, inputs); });
  if (const std::optional<Chain> chain = fusion_->joined(*op, inputs)) {
    fusion_->forget();
    return join(std::move(op), inputs, *chain);
  }
  // What has changed since it was recorded may change again: it is read now.
  const bool waits = result && op->fusible().takes_steps && !options_.keep_grads && !changed;
  return waits ? let_wait(std::move(op), *result, inputs) : compute(std::move(op), result, inputs);
}

// The op as the last step of a chain, which runs where it is complete.
Var Tape::join(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs, const Chain& with) {
  Chain chain = with;
  const Shape shape = nodes_[chain.last].shape;
  const bool is_complete = chain.relu && !fusion_->is_map(chain);
  Tensor value = is_complete ? with_label(label_of(op), [&] { return fusion_->run(chain); }) : Tensor();
  Node& node = add_op(std::move(op), inputs, shape);
  node.fused_relu = chain.relu;
  if (is_complete) {
    keep(node, std::move(value));
  } else {
    chain.last = nodes_.size() - 1;
    fusion_->wait(chain);
  }
  return last_var();
}

Var Tape::let_wait(Located<std::unique_ptr<Op>> op, const Shape& result, std::span<const Var> inputs) {
  const auto label = label_of(op);
  with_label(label, [&] { fusion_->leave_to(*op, inputs); });
  fusion_->settle();
  with_label(label, [&] {
    for (const Var& input : inputs) {
      const bool through_map =
          &input == inputs.data() && op->fusible().reads_map && nodes_[input.node_].is_mapped();
      if (!through_map) value_at(input.node_);
    }
  });
  add_op(std::move(op), inputs, result);
  fusion_->wait({nodes_.size() - 1, nodes_.size() - 1});
  return last_var();
}

Var Tape::compute(Located<std::unique_ptr<Op>> op, const Shape* result, std::span<const Var> inputs) {
  fusion_->settle();
  std::vector<Tensor> values;
  values.reserve(inputs.size());
  Tensor value = with_label(label_of(op), [&] {
    for (const Var& input : inputs) values.push_back(value_at(input.node_));
    return detail::checked_forward(values, result, [&] {
      return detail::profiled_forward(profile_, Scope::path(), *op, values,
                                      [&] { return op->forward(values); });
    });
  });
  const Shape shape = value.shape();
  keep(add_op(std::move(op), inputs, shape), std::move(value));
  return last_var();
}

// Whether an input has changed since it was recorded.
bool Tape::check_recordable(const Located<std::unique_ptr<Op>>& op, std::span<const Var> inputs) const {
  const auto label = [&](std::string_view name) {
    return call_label(name, Scope::path(), Scope::resolve(op.where));
  };
  if (!op) {
    throw Error(label("apply") + ": the op is a null pointer; give it std::make_unique<MyOp>(...)");
  }
  if (backward_ran_) {
    throw Error(label(op->name()) + ": backward has run on this tape; record the next step on a new Tape");
  }
  bool changed = false;
  for (const Var& input : inputs) changed |= nodes_[index_of(input, {op->name(), op.where})].changed();
  return changed;
}

// The node of an op, without its value. As long as it has none, it holds its inputs. Where it throws, no node
// is added, and the edges that were are nobody's.
Tape::Node& Tape::add_op(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs, const Shape& shape) {
  const std::size_t first_edge = edges_.size();
  bool wants_grad = false;
  for (const Var& input : inputs) {
    edges_.push_back(input.node_);
    wants_grad |= nodes_[input.node_].wants_grad;
  }
  std::string scope = Scope::path(), op_name(options_.record ? std::string_view() : op->name());
  const Location resolved = Scope::resolve(op.where);
  Node& added = nodes_.emplace_back();
  added.op = std::move(op);
  added.first_edge = static_cast<std::uint32_t>(first_edge);
  added.edge_count = static_cast<std::uint32_t>(inputs.size());
  added.wants_grad = wants_grad && options_.record;
  added.shape = shape;
  added.where = resolved;
  added.scope = std::move(scope);
  added.op_name = std::move(op_name);
  if (!options_.record) count_inputs(added, 1);
  return added;
}

std::string Tape::node_label(const Node& node) const {
  return call_label(node_kind(node), node.scope, node.where);
}

std::string_view Tape::node_kind(const Node& node) {
  if (node.is_leaf()) return leaf_name(node.leaf);
  return node.op ? node.op->name() : node.op_name;
}

// "conv1.weight": not yet numbered.
std::string Tape::name_of(const Node& node) {
  if (!node.given_name.empty()) return node.given_name;
  const bool named = node.parameter && !node.parameter->name.empty();
  const std::string last = named ? node.parameter->name : std::string(node_kind(node));
  return node.scope.empty() ? last : node.scope + "." + last;
}

std::vector<std::string> Tape::names() const {
  std::vector<std::string> result;
  std::map<std::string, int> used;
  for (const Node& node : nodes_) {
    std::string& name = result.emplace_back(name_of(node));
    if (!node.given_name.empty()) continue;
    if (const int count = ++used[name]; count > 1) name += std::to_string(count);
  }
  return result;
}

std::vector<Shape> Tape::input_shapes(const Node& node) const {
  std::vector<Shape> shapes;
  for (std::uint32_t e = 0; e < node.edge_count; e++) {
    shapes.push_back(nodes_[edges_[node.first_edge + e]].shape);
  }
  return shapes;
}

std::vector<NodeInfo> Tape::nodes() const {
  fusion_->settle();  // what waits belongs to the step
  const detail::ProfilePause pause(profile_);
  std::vector<NodeInfo> result;
  std::vector<std::string> node_names = names();
  for (std::size_t i = 0; i < nodes_.size(); i++) {
    const Node& node = nodes_[i];
    const auto var = [&](std::size_t n) { return Var(generation_, slot_, static_cast<std::uint32_t>(n)); };
    NodeInfo info{.leaf = node.leaf,
                  .name = std::move(node_names[i]),
                  .op = std::string(node_kind(node)),
                  .inputs = {},
                  .input_positions = {},
                  .var = var(i),
                  .value = can_compute(node) ? value_at(i) : Tensor(),
                  .grad = node.grad.sum(),
                  .scope = node.scope,
                  .where = node.where,
                  .reads = {},
                  .macs = 0,
                  .facts = {}};
    for (std::uint32_t e = 0; e < node.edge_count; e++) {
      const std::uint32_t source = edges_[node.first_edge + e];
      info.inputs.push_back(var(source));
      info.input_positions.push_back(source);
    }
    const std::vector<Shape> shapes = input_shapes(node);
    const auto label = [&] { return node_label(node); };
    if (node.op && options_.record) {
      with_label(label, [&] {
        info.facts = node.op->facts(shapes, node.shape);
        info.reads = info.facts.reads_of_each(shapes, node.shape);
        if (info.facts.formula) info.macs = turns_of(product_loops(*info.facts.formula));
      });
    }
    result.push_back(std::move(info));
  }
  return result;
}

TapeMemory Tape::memory() const {
  TapeMemory memory;
  std::unordered_set<const Scalar*> counted;  // storages, by their first element's address
  const auto count = [&](const Tensor& tensor, Index& bytes) {
    if (!tensor.defined() || !counted.insert(tensor.data()).second) return;
    bytes += tensor.numel() * static_cast<Index>(sizeof(Scalar));
  };
  for (const Node& node : nodes_) {
    count(node.value, node.parameter   ? memory.parameters
                      : node.is_leaf() ? memory.inputs
                                       : memory.activations);
    count(node.grad.sum(), node.parameter ? memory.parameter_gradients : memory.gradients);
    if (node.mapped) {
      const auto& [mean, scale, shift] = node.mapped->prologue.map;
      for (const Tensor& numbers : {mean, scale, shift}) count(numbers, memory.saved);
    }
    if (!node.op) continue;
    for (const Tensor& tensor : node.op->facts(input_shapes(node), node.shape).saved)
      count(tensor, memory.saved);
  }
  return memory;
}

}  // namespace reel::inline REEL_PRECISION
