// Replays one op on a tape of its own, and puts back what it has changed.
#include <reel/core/inspect/detail/trace_recording.h>

#include <algorithm>
#include <utility>

#include <reel/core/detail/tape_node.h>
#include <reel/core/formula/detail/explain.h>
#include <reel/core/ops/detail/normalization_explain.h>
#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Another tape's op on a tape of its own, where nothing is fused to it.
class BorrowedOp final : public Op {
 public:
  explicit BorrowedOp(Op& op) : op_(op) {}
  std::string_view name() const override { return op_.name(); }
  Tensor forward(std::span<const Tensor> inputs) override { return op_.forward(inputs); }
  void backward(BackwardPass& pass) override { op_.backward(pass); }

 private:
  Op& op_;
};

std::vector<Shape> shapes_of(std::span<const Tensor> tensors) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

}  // namespace

template <class F>
auto Recording::labelled(std::size_t node, F&& f) const {
  const TraceNode& info = nodes_[node];
  return with_label([&] { return call_label(info.op, info.scope, info.where); }, f);
}

template <class F>
auto Recording::borrow(std::size_t node, Leaves leaves, F&& f) const {
  check_alive();
  Op& op = *ops_[node];
  const auto restore = [&] { labelled(node, [&] { op.forward(inputs_of(node, values_)); }); };
  try {
    auto result = f(op);
    if (leaves == Leaves::kChanged) restore();
    return result;
  } catch (...) {
    restore();
    throw;
  }
}

Recording::Recording(const Tape& tape, Operand loss) : loss_(loss), where_(Scope::resolve(loss.where)) {
  check(tape, tape.nodes_[tape.index_of(loss, {"trace", loss.where})]);
  const std::vector<std::string> names = tape.names();
  for (const Tape::Node& node : tape.nodes_) {
    const auto edges = tape.edges_.begin() + node.first_edge;
    nodes_.push_back({.name = printable(names[nodes_.size()]),
                      .op = printable(Tape::node_kind(node)),
                      .inputs = {edges, edges + node.edge_count},
                      .shape = node.shape,
                      .wants_grad = node.wants_grad,
                      .scope = printable(node.scope),
                      .where = node.where,
                      .reads = {},
                      .built_in = !node.op || node.op->built_in()});
    ops_.push_back(node.op.get());
  }
  for (std::size_t i = 0; i < nodes_.size(); i++) {
    if (ops_[i]) {
      const std::vector<Tensor> inputs = inputs_of(i, values_);
      values_.push_back(replay(i, *ops_[i], inputs));
      const std::vector<Shape> shapes = shapes_of(inputs);
      const Shape& shape = nodes_[i].shape;
      nodes_[i].reads =
          labelled(i, [&] { return ops_[i]->facts(shapes, shape).reads_of_each(shapes, shape); });
    } else {
      values_.push_back(tape.nodes_[i].value.clone());
    }
  }
}

const Op* Recording::op(std::size_t node) const {
  check_alive();
  return ops_[node];
}

// An Error where the tape is gone, and its ops with it.
void Recording::check_alive() const { loss_.tape({"trace", where_}); }

void Recording::check(const Tape& tape, const Tape::Node& loss) const {
  const std::string label = call_label("trace", Scope::path(), where_) + ": ";
  if (!tape.options_.record) {
    throw Error(label + "this tape does not record; make it without {.record = false}");
  }
  if (loss.shape.numel() != 1) {
    throw ShapeError(
        fmt::format("{}the loss is {}, one number is wanted; take sum(...) or mean(...)", label, loss.shape));
  }
  if (!loss.wants_grad) {
    throw Error(label + "no trainable parameter and no variable leads to " + tape.node_label(loss));
  }
  const std::vector<std::string> names = tape.names();
  for (std::size_t i = 0; i < names.size(); i++) {
    const Tape::Node& node = tape.nodes_[i];
    if (!node.changed()) continue;
    throw Error(fmt::format(
        "{}the value of {}, {}, was changed in place since it was recorded, so the step cannot be "
        "replayed; make the trace before the change, as before optimizer.step()",
        label, names[i], tape.node_label(node)));
  }
}

std::vector<Tensor> Recording::inputs_of(std::size_t node, std::span<const Tensor> values) const {
  std::vector<Tensor> inputs;
  for (const std::size_t input : nodes_[node].inputs) inputs.push_back(values[input]);
  return inputs;
}

// An op that is not the same function each time is an error.
Tensor Recording::replay(std::size_t node, Op& op, const std::vector<Tensor>& inputs) const {
  return labelled(node, [&] {
    Tensor y = detail::checked_forward(inputs, nullptr, [&] { return op.forward(inputs); });
    if (y.shape() == nodes_[node].shape) return y;
    throw ShapeError(fmt::format("its forward returned {} when it was replayed, {} when it was recorded",
                                 y.shape(), nodes_[node].shape));
  });
}

std::vector<Tensor> Recording::forward(std::span<const Change> changes) const {
  std::vector<Tensor> values = values_;
  std::vector<bool> moved(values.size());
  for (std::size_t i = 0; i < values.size(); i++) {
    for (const std::size_t input : nodes_[i].inputs) moved[i] = moved[i] || moved[input];
    if (moved[i]) {
      const std::vector<Tensor> inputs = inputs_of(i, values);
      values[i] = borrow(i, Leaves::kChanged, [&](Op& op) { return replay(i, op, inputs); });
    }
    for (const Change& change : changes) {
      if (change.node != i) continue;
      moved[i] = true;
      values[i] = values[i].clone();
      values[i].mutable_data()[change.element] = static_cast<Scalar>(change.value);
    }
  }
  return values;
}

// The op runs on a tape of its own, whose leaves are its inputs: each gets the gradient of one input alone,
// also where two inputs are one node.
std::vector<Tensor> Recording::backward(std::size_t node, std::span<const Tensor> values,
                                        const Tensor& dy) const {
  const TraceNode& info = nodes_[node];
  return borrow(node, Leaves::kChanged, [&](Op& op) {
    const Scope scope(info.scope, info.where, Scope::Lines::kOwnLine);
    Tape tape{{.keep_grads = true}};
    std::vector<Var> leaves;
    for (const std::size_t input : info.inputs) {
      leaves.push_back(nodes_[input].wants_grad ? tape.variable({values[input], info.where})
                                                : tape.input({values[input], info.where}));
    }
    tape.backward({tape.apply({std::make_unique<BorrowedOp>(op), info.where}, leaves), info.where}, dy);
    std::vector<Tensor> gradients;
    for (const NodeInfo& leaf : tape.nodes()) gradients.push_back(leaf.grad);
    gradients.pop_back();  // of the op itself
    return gradients;
  });
}

// Whether the op, after a forward on these inputs, is as it must be.
bool Recording::is_recorded(std::size_t node, std::span<const Tensor> inputs) const {
  return std::ranges::equal(inputs, inputs_of(node, values_),
                            [](const Tensor& a, const Tensor& b) { return a.data() == b.data(); });
}

OpFacts Recording::facts(std::size_t node, std::span<const Tensor> values) const {
  const std::vector<Tensor> inputs = inputs_of(node, values);
  const bool same = is_recorded(node, inputs);
  return borrow(node, same ? Leaves::kAsRecorded : Leaves::kChanged, [&](Op& op) {
    return labelled(node, [&] {
      if (!same) op.forward(inputs);
      return op.facts(shapes_of(inputs), nodes_[node].shape);
    });
  });
}

std::optional<Explanation> Recording::explain(std::size_t node, Explain::Question question,
                                              const TermSink& sink) const {
  const bool same = is_recorded(node, question.inputs);
  return borrow(node, same ? Leaves::kAsRecorded : Leaves::kChanged, [&](Op& op) {
    return labelled(node, [&]() -> std::optional<Explanation> {
      question.output = op.forward(question.inputs);
      const OpFacts facts = op.facts(shapes_of(question.inputs), question.output.shape());
      Explain explain(std::move(question), sink);
      if (facts.formula) {
        explain_formula(explain, *facts.formula);
      } else if (facts.normalization) {
        reel::detail::explain_normalization(explain, *facts.normalization);
      } else if (!op.explain(explain)) {
        if (!facts.function) return std::nullopt;
        explain_function(explain, by_its_words(std::string(op.name()), facts));
      }
      return explain.explanation();
    });
  });
}

}  // namespace reel::inline REEL_PRECISION::inspect
