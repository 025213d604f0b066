// Backward: the loop in reverse, and what an op sees of it.
#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <reel/core/detail/tape_fusion.h>
#include <reel/core/detail/tape_profile.h>
#include <reel/core/kernels/detail/elementwise.h>

namespace reel::inline REEL_PRECISION {

namespace {

// Tapes of several threads may give gradients to one parameter.
std::mutex delivery_mutex;

[[noreturn]] void fail_changed(const std::string& what) {
  throw Error(
      fmt::format("backward reads its {}, which was changed in place since; change it after backward, or "
                  "clone() it first",
                  what));
}

}  // namespace

const Tensor& BackwardPass::dy() const {
  return tape_.nodes_[node_].grad.total(
      [this](std::size_t relu) -> const Tensor& { return tape_.value_at(relu); });
}

const Tensor* BackwardPass::dy_before_relu() const { return tape_.nodes_[node_].grad.unmasked(); }

Tensor BackwardPass::buffer_like_dy() const {
  const Tensor& grad = tape_.nodes_[node_].grad.sum();
  return grad.unique() && !tape_.options_.keep_grads ? grad : Tensor::uninitialized(grad.shape());
}

std::size_t BackwardPass::source(std::size_t i) const {
  const Tape::Node& self = tape_.nodes_[node_];
  if (i >= inputs()) {
    throw Error(fmt::format("its backward asks for input {}, it has {}", i, self.edge_count));
  }
  return tape_.edges_[self.first_edge + i];
}

const Tensor& BackwardPass::input(std::size_t i) const {
  const std::size_t node = source(i);
  const Tensor& value = tape_.value_at(node);
  if (tape_.nodes_[node].changed()) fail_changed(fmt::format("input {} {}", i, value.shape()));
  return value;
}

const Tensor& BackwardPass::output() const {
  const Tensor& value = tape_.value_at(node_);
  if (tape_.nodes_[node_].changed()) fail_changed(fmt::format("output {}", value.shape()));
  return value;
}

std::pair<const Tensor&, const Prologue&> BackwardPass::mapped_input() const {
  static const Prologue as_it_stands;
  const Tape::Mapped* const mapped = tape_.read_through_map(tape_.nodes_[node_]);
  if (!mapped) return {input(0), as_it_stands};
  const Tape::Node& read = tape_.nodes_[mapped->source];
  if (read.changed()) fail_changed(fmt::format("input 0 {}, that is what it is computed from,", read.shape));
  return {tape_.value_at(mapped->source), mapped->prologue};
}

std::size_t BackwardPass::inputs() const { return tape_.nodes_[node_].edge_count; }

bool BackwardPass::wants(std::size_t i) const { return tape_.nodes_[source(i)].wants_grad; }

bool BackwardPass::reads_relu(std::size_t i) const { return tape_.nodes_[source(i)].fused_relu; }

void BackwardPass::add(std::size_t i, Tensor dx, bool masked) {
  Tape::Node& node = tape_.nodes_[source(i)];
  if (!node.wants_grad) return;
  if (dx.shape() != node.shape) {
    throw ShapeError(
        fmt::format("its backward gave a gradient {} for input {}, which is {}", dx.shape(), i, node.shape));
  }
  const bool has_mask = node.fused_relu && node.value.defined();  // else it waits for the op before the relu
  node.grad.add(std::move(dx), masked, has_mask ? &node.value : nullptr);
}

// ---- Tape

void Tape::backward(Operand loss) {
  const Shape& shape = nodes_[index_of(loss, {"backward", loss.where})].shape;
  if (shape.numel() != 1) {
    throw ShapeError(
        fmt::format("backward ({}): the loss is {}, a gradient starts from one number; take sum(...) or "
                    "mean(...), or give dy: "
                    "backward(y, dy)",
                    Scope::resolve(loss.where).text(), shape));
  }
  backward(loss, Tensor::ones(shape));
}

void Tape::backward(Operand y, const Tensor& dy) {
  Node& node = nodes_[index_of(y, {"backward", y.where})];
  const std::string label = fmt::format("backward ({})", Scope::resolve(y.where).text());
  if (!options_.record) throw Error(label + ": this tape does not record; make it without {.record = false}");
  if (backward_ran_)
    throw Error(label + ": backward has already run on this tape; record the step on a new Tape");
  if (dy.shape() != node.shape) {
    throw ShapeError(
        fmt::format("{}: dy is {}, y is {}; they must have the same shape", label, dy.shape(), node.shape));
  }
  if (!node.wants_grad) {
    throw Error(label + ": no trainable parameter and no variable leads to " + node_label(node));
  }
  check_parts(label);
  fusion_->settle();
  backward_ran_ = true;
  node.grad.start(dy);
  try {
    run_backward();
    deliver_gradients();
  } catch (...) {  // as if it had not been called
    for (Node& touched : nodes_) touched.grad.clear();
    backward_ran_ = false;
    throw;
  }
}

// A parameter that is no part of the network is used, and who trains the network does not have it.
void Tape::check_parts(const std::string& label) const {
  const auto is_trained = [](const Node& node) { return node.parameter && node.parameter->optimizers > 0; };
  if (std::none_of(nodes_.begin(), nodes_.end(), is_trained)) return;
  for (const Node& node : nodes_) {
    if (!node.of_a_stranger || !node.wants_grad || is_trained(node)) continue;
    throw Error(fmt::format(
        "{}: parameter \"{}\" {} ({}) is no part of the module whose forward uses it, and no optimiser "
        "updates it as it does others of this tape; register its module with add(\"name\", ...) or itself "
        "with add_parameter(), give it to an optimiser, or make it not trainable",
        label, name_of(node), node.shape, node.where.text()));
  }
}

void Tape::run_backward() {
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    if (node.parameter && options_.gradient_sink) hand_over(i);
    if (!node.op || !node.wants_grad || !node.grad.defined()) continue;
    BackwardPass pass(*this, i);
    with_label([&] { return node_label(node); },
               [&] {
                 if (!skip_fused_relu(pass)) run_backward(pass);
               });
    if (!options_.keep_grads) node.grad.clear();
  }
}

// The backward of one node; a profile gets its time.
void Tape::run_backward(BackwardPass& pass) {
  const Node& node = nodes_[pass.node_];
  if (!profile_) return node.op->backward(pass);
  const detail::Stopwatch watch;
  node.op->backward(pass);
  std::int64_t bytes = detail::bytes_of(node.shape);
  for (std::size_t e = 0; e < node.edge_count; e++) {
    if (pass.wants(e)) bytes += detail::bytes_of(nodes_[pass.source(e)].shape);
  }
  profile_->add(node.scope, node.op->name(), Pass::kBackward, watch.seconds(), bytes);
}

// A fused relu leaves its share of the work to the op before it, whose gradient is nothing but the relu's
// masked, unless somebody else has read that op's result as well.
bool Tape::skip_fused_relu(BackwardPass& pass) {
  Node& relu = nodes_[pass.node_];
  if (!relu.fused_relu) return false;
  Node& before = nodes_[pass.source(0)];
  if (before.grad.defined()) return false;
  if (relu.value.defined()) pass.output();  // fails where that was changed
  relu.grad.hand_to(before.grad, pass.node_);
  return true;
}

// All that reads a leaf comes behind it, so that its gradient is whole when the loop in reverse gets to it; and that of
// a parameter with several, when it gets to the first. They are summed in the order in which deliver_gradients() would.
void Tape::hand_over(std::size_t leaf) {
  Parameter* const parameter = nodes_[leaf].parameter;
  const auto is_its = [=](const Node& node) { return node.parameter == parameter; };
  if (std::any_of(nodes_.begin(), nodes_.begin() + static_cast<std::ptrdiff_t>(leaf), is_its)) return;
  Tensor total;
  for (std::size_t i = leaf; i < nodes_.size(); i++) {
    const Node& node = nodes_[i];
    if (is_its(node) && node.grad.defined()) add_tied_gradient(total, node.grad.sum());
  }
  if (total.defined()) options_.gradient_sink(*parameter, total);
}

// A parameter without a gradient shares the tape's own buffer, which changes no more: who changes the total
// makes it its own first, here as in clip_grad_norm. Leaves may have got the same buffer, that of a sum's dy;
// each gets one of its own. What can fail, for lack of memory, comes before the first sum.
void Tape::deliver_gradients() {
  const std::lock_guard lock(delivery_mutex);
  std::vector<Parameter*> first;  // whose total is a leaf's buffer now
  std::vector<const Node*> rest;  // whose gradient is still to be added
  try {
    for (Node& node : nodes_) {
      if (!node.is_leaf() || !node.grad.defined()) continue;
      node.grad.make_own();
      if (!node.parameter || options_.gradient_sink) continue;
      Tensor& total = node.parameter->grad;
      if (!total.defined()) {
        first.push_back(node.parameter);
        total = node.grad.sum();
        continue;
      }
      if (total.shape() != node.grad.sum().shape()) {
        throw ShapeError(fmt::format("backward: parameter \"{}\" is {}, its grad was set to {}",
                                     node.parameter->name, node.grad.sum().shape(), total.shape()));
      }
      if (!total.unique()) total = total.clone();
      rest.push_back(&node);
    }
  } catch (...) {
    for (Parameter* parameter : first) parameter->grad = Tensor();
    throw;
  }
  for (const Node* node : rest) {
    Tensor& total = node->parameter->grad;
    kernels::add_in_place(total.mutable_data(), node->grad.sum().data(), total.numel());
  }
}

}  // namespace reel::inline REEL_PRECISION
