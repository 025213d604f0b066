#include <reel/core/tape.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/kernels/elementwise.h>

namespace reel::inline REEL_PRECISION {

struct Tape::Node {
  std::unique_ptr<Op> op;          // none for a leaf, nor on a tape that does not record
  const char* kind = nullptr;      // of a leaf: "input", "variable", "parameter"
  Parameter* parameter = nullptr;  // of a parameter's leaf
  std::uint32_t first_edge = 0, edge_count = 0;
  bool wants_grad = false;
  std::uint64_t version = 0;  // of the value when it was recorded
  Tensor value, grad;
  Location where;
  std::string scope, given_name, op_name;  // op_name where there is no op to ask
};

namespace {

// The living tapes. A Var finds its tape here; the generation tells a tape from a later one in the same slot.
struct Slot {
  std::atomic<Tape*> tape{nullptr};
  std::atomic<std::uint32_t> generation{0};
};
constexpr std::uint32_t kSlots = 4096;
std::array<Slot, kSlots> slots;
std::mutex slots_mutex;

std::uint32_t claim_slot(Tape* tape) {
  const std::lock_guard lock(slots_mutex);
  for (std::uint32_t i = 0; i < kSlots; i++) {
    if (slots[i].tape.load(std::memory_order_relaxed)) continue;
    slots[i].generation.fetch_add(1, std::memory_order_relaxed);
    slots[i].tape.store(tape, std::memory_order_release);
    return i;
  }
  throw Error(fmt::format("Tape: {} tapes are alive already; a tape should die with its step", kSlots));
}

}  // namespace

// ---- Var

Tape& Var::tape(std::string_view user, Location where) const {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{}: {}", call_label(user, Scope::path(), Scope::resolve(where)), why));
  };
  if (!defined()) fail("an empty Var was given; make one with tape.input(...), tape.variable(...) or an op");
  Tape* tape = slots[slot_].tape.load(std::memory_order_acquire);
  if (!tape || slots[slot_].generation.load(std::memory_order_relaxed) != generation_) {
    fail(
        "the tape of this Var is gone; keep the Tape alive while its Vars are used, or clone() the value "
        "before");
  }
  return *tape;
}

const Tensor& Var::value(Location where) const { return tape("value", where).value_of(*this); }

Tensor Var::grad(Location where) const {
  const Tape& owner = tape("grad", where);
  const Tape::Node& node = owner.nodes_[node_];
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("grad ({}): {} {}", Scope::resolve(where).text(), owner.node_label(node), why));
  };
  if (!owner.options_.record) fail("is on a tape that does not record; make it without {.record = false}");
  if (!node.wants_grad)
    fail("wants no gradient; make the leaf with tape.variable(...) or a trainable parameter");
  if (!owner.backward_ran_) fail("has no gradient yet; call tape.backward(loss) first");
  if (!node.kind && !owner.options_.keep_grads) {
    fail(
        "does not keep its gradient; only parameters and variables do, or every node of Tape{{.keep_grads = "
        "true}}");
  }
  return node.grad.defined() ? node.grad : Tensor::zeros(node.value.shape());
}

Var Var::detach(Location where) const { return tape("detach", where).input(value(where), where); }

Var Var::named(std::string name, Location where) const {
  tape("named", where).nodes_[node_].given_name = std::move(name);
  return *this;
}

// ---- BackwardPass

namespace {

[[noreturn]] void fail_changed(const std::string& what) {
  throw Error(
      fmt::format("backward reads its {}, which was changed in place since; change it after backward, "
                  "or clone() it first (data() and at() of a non-const Tensor count as a change)",
                  what));
}

// Runs a forward or backward and puts what label() says of its op at the head of its errors, those of a lack
// of memory included.
template <class Label, class F>
auto with_label(Label&& label, F&& run) {
  try {
    return run();
  } catch (const ShapeError& error) {
    throw ShapeError(fmt::format("{}: {}", label(), error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", label(), error.what()));
  }
}

}  // namespace

const Tensor& BackwardPass::dy() const { return tape_.nodes_[node_].grad; }

std::size_t BackwardPass::source(std::size_t i) const {
  const Tape::Node& self = tape_.nodes_[node_];
  if (i >= self.edge_count) {
    throw Error(fmt::format("its backward asks for input {}, it has {}", i, self.edge_count));
  }
  return tape_.edges_[self.first_edge + i];
}

const Tensor& BackwardPass::input(std::size_t i) const {
  const Tape::Node& node = tape_.nodes_[source(i)];
  if (node.value.version() != node.version) {
    fail_changed(fmt::format("input {} {}", i, node.value.shape()));
  }
  return node.value;
}

const Tensor& BackwardPass::output() const {
  const Tape::Node& self = tape_.nodes_[node_];
  if (self.value.version() != self.version) {
    fail_changed(fmt::format("output {}", self.value.shape()));
  }
  return self.value;
}

bool BackwardPass::wants(std::size_t i) const { return tape_.nodes_[source(i)].wants_grad; }

void BackwardPass::add(std::size_t i, Tensor dx) {
  Tape::Node& node = tape_.nodes_[source(i)];
  if (!node.wants_grad) return;
  if (dx.shape() != node.value.shape()) {
    throw ShapeError(fmt::format("its backward gave a gradient {} for input {}, which is {}", dx.shape(), i,
                                 node.value.shape()));
  }
  if (!node.grad.defined()) {
    node.grad = std::move(dx);
    return;
  }
  if (!node.grad.unique()) node.grad = node.grad.clone();
  kernels::add_in_place(node.grad.data(), std::as_const(dx).data(), dx.numel());
}

// ---- Tape

Tape::Tape(TapeOptions options)
    : options_(options), slot_(claim_slot(this)), generation_(slots[slot_].generation.load()) {}

Tape::~Tape() { slots[slot_].tape.store(nullptr, std::memory_order_release); }

Var Tape::add_leaf(const char* kind, Tensor value, bool wants_grad, Location where) {
  if (!value.defined()) {
    throw Error(fmt::format("{}: the tensor is empty; give it a shape first",
                            call_label(kind, Scope::path(), Scope::resolve(where))));
  }
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.wants_grad = wants_grad && options_.record;
  node.version = value.version();
  node.value = std::move(value);
  node.where = Scope::resolve(where);
  node.scope = Scope::path();
  return {slot_, generation_, static_cast<std::uint32_t>(nodes_.size() - 1)};
}

Var Tape::input(Tensor value, Location where) { return add_leaf("input", std::move(value), false, where); }

Var Tape::variable(Tensor value, Location where) {
  return add_leaf("variable", std::move(value), true, where);
}

Var Tape::parameter(Parameter& parameter, Location where) {
  const Var leaf = add_leaf("parameter", parameter.value, parameter.trainable, where);
  nodes_.back().parameter = &parameter;
  return leaf;
}

const Tensor& Tape::value_of(Var var) const { return nodes_[var.node_].value; }

std::size_t Tape::index_of(Var var, std::string_view user, Location where) const {
  if (&var.tape(user, where) != this) {
    throw Error(
        fmt::format("{}: a Var of another tape was given; all inputs must be recorded on the same tape",
                    call_label(user, Scope::path(), Scope::resolve(where))));
  }
  return var.node_;
}

Var Tape::apply(std::unique_ptr<Op> op, std::span<const Var> inputs, Location where) {
  const std::string_view name = op->name();
  const auto label = [&] { return call_label(name, Scope::path(), Scope::resolve(where)); };
  if (backward_ran_) {
    throw Error(
        fmt::format("{}: backward has run on this tape; record the next step on a new Tape", label()));
  }
  std::vector<Tensor> values;
  values.reserve(inputs.size());
  bool wants_grad = false;
  for (const Var input : inputs) {
    const Node& source = nodes_[index_of(input, name, where)];
    values.push_back(source.value);
    wants_grad = wants_grad || source.wants_grad;
  }
  Tensor value = with_label(label, [&] {
    Tensor result = op->forward(values);
    if (!result.defined()) throw Error("its forward returned an empty tensor");
    return result;
  });
  const std::size_t first_edge = edges_.size();
  for (const Var input : inputs) edges_.push_back(input.node_);
  Node& node = nodes_.emplace_back();
  node.first_edge = static_cast<std::uint32_t>(first_edge);
  node.edge_count = static_cast<std::uint32_t>(inputs.size());
  node.wants_grad = wants_grad && options_.record;
  if (options_.record) {
    node.op = std::move(op);
  } else {
    node.op_name = name;
  }
  node.version = value.version();
  node.value = std::move(value);
  node.where = Scope::resolve(where);
  node.scope = Scope::path();
  return {slot_, generation_, static_cast<std::uint32_t>(nodes_.size() - 1)};
}

void Tape::backward(Var loss, Location where) {
  const Tensor& value = nodes_[index_of(loss, "backward", where)].value;
  if (value.numel() != 1) {
    throw ShapeError(
        fmt::format("backward ({}): the loss is {}, a gradient starts from one number; take sum(...) or "
                    "mean(...), or give dy: "
                    "backward(y, dy)",
                    Scope::resolve(where).text(), value.shape()));
  }
  backward(loss, Tensor::ones(value.shape()), where);
}

void Tape::backward(Var y, const Tensor& dy, Location where) {
  Node& node = nodes_[index_of(y, "backward", where)];
  const std::string label = fmt::format("backward ({})", Scope::resolve(where).text());
  if (!options_.record) throw Error(label + ": this tape does not record; make it without {.record = false}");
  if (backward_ran_)
    throw Error(label + ": backward has already run on this tape; record the step on a new Tape");
  if (dy.shape() != node.value.shape()) {
    throw ShapeError(fmt::format("{}: dy is {}, y is {}; they must have the same shape", label, dy.shape(),
                                 node.value.shape()));
  }
  if (!node.wants_grad) {
    throw Error(label + ": no trainable parameter and no variable leads to " + node_label(node));
  }
  backward_ran_ = true;
  node.grad = dy;
  try {
    run_backward();
    deliver_gradients();
  } catch (...) {  // as if it had not been called
    for (Node& touched : nodes_) touched.grad = Tensor();
    backward_ran_ = false;
    throw;
  }
}

void Tape::run_backward() {
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    if (!node.op || !node.wants_grad || !node.grad.defined()) continue;
    BackwardPass pass(*this, i);
    with_label([&] { return node_label(node); }, [&] { node.op->backward(pass); });
    if (!options_.keep_grads) node.grad = Tensor();
  }
}

// Last, and without anything that can fail half-way for lack of memory: a parameter takes the tape's own
// buffer. Leaves may have got the same buffer, that of a sum's dy; each gets one of its own.
void Tape::deliver_gradients() {
  for (Node& node : nodes_) {
    if (!node.kind || !node.grad.defined()) continue;
    if (node.parameter && node.parameter->grad.defined() &&
        node.parameter->grad.shape() != node.grad.shape()) {
      throw ShapeError(fmt::format("backward: parameter \"{}\" is {}, its grad was set to {}",
                                   node.parameter->name, node.grad.shape(), node.parameter->grad.shape()));
    }
    if (!node.grad.unique()) node.grad = node.grad.clone();
  }
  for (Node& node : nodes_) {
    if (!node.parameter || !node.grad.defined()) continue;
    Tensor& total = node.parameter->grad;
    if (total.defined()) {
      kernels::add_in_place(total.data(), std::as_const(node.grad).data(), total.numel());
    } else {
      total = node.grad;
    }
  }
}

std::string Tape::node_label(const Node& node) const {
  return call_label(node_kind(node), node.scope, node.where);
}

std::string_view Tape::node_kind(const Node& node) {
  if (node.kind) return node.kind;
  return node.op ? node.op->name() : node.op_name;
}

std::vector<NodeInfo> Tape::nodes() const {
  std::vector<NodeInfo> result;
  std::map<std::string, int> used;
  for (std::size_t i = 0; i < nodes_.size(); i++) {
    const Node& node = nodes_[i];
    const auto var = [&](std::size_t n) { return Var(slot_, generation_, static_cast<std::uint32_t>(n)); };
    NodeInfo info{.name = node.given_name,
                  .op = std::string(node_kind(node)),
                  .inputs = {},
                  .input_positions = {},
                  .var = var(i),
                  .value = node.value,
                  .grad = node.grad,
                  .scope = node.scope,
                  .where = node.where,
                  .window = {}};
    std::vector<Tensor> values;
    for (std::uint32_t e = 0; e < node.edge_count; e++) {
      const std::uint32_t source = edges_[node.first_edge + e];
      info.inputs.push_back(var(source));
      info.input_positions.push_back(source);
      values.push_back(nodes_[source].value);
    }
    if (node.op) info.window = node.op->window(values);
    if (info.name.empty()) {
      const bool named = node.parameter && !node.parameter->name.empty();
      const std::string& last = named ? node.parameter->name : info.op;
      info.name = node.scope.empty() ? last : node.scope + "." + last;
      if (const int count = ++used[info.name]; count > 1) info.name += std::to_string(count);
    }
    result.push_back(std::move(info));
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION
