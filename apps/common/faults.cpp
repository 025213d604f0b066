#include "common/faults.h"

#include <cmath>

#include <fmt/format.h>

namespace reel::apps {
namespace {

std::string clause(const char* what, const std::string& name) {
  return fmt::format("the {} {:?} is not finite", what, name);
}

std::string label_of(const NodeInfo& node) { return call_label(node.op, node.scope, node.where); }

}  // namespace

std::string loss_fault(const Tape& tape, Var loss) {
  if (std::isfinite(loss.item())) return {};
  const auto node = inspect::first_not_finite(tape);
  if (!node) return "the loss is not finite";
  return "the loss is not finite: " + (node->inputs.empty()
                                           ? clause(node->op.c_str(), node->name) + " before the step"
                                           : "the first op with such a result is " + label_of(*node));
}

std::string gradient_fault(const Module& net) {
  for (const auto& [name, parameter] : net.named_parameters()) {
    const Tensor& gradient = parameter->grad;
    if (gradient.defined() && !inspect::all_finite(gradient)) return clause("gradient of", name);
  }
  return {};
}

std::string gradient_maker(const Tape& tape) {
  const auto node = inspect::first_not_finite_gradient(tape);
  return node ? fmt::format(": the backward of {} made the first such one", label_of(*node)) : "";
}

std::string weight_fault(const Module& net) {
  for (const auto& [name, parameter] : net.named_parameters()) {
    if (!inspect::all_finite(parameter->value)) return clause("weight", name);
  }
  for (const auto& [name, buffer] : net.buffers()) {
    if (!inspect::all_finite(*buffer)) return clause("buffer", name);
  }
  return {};
}

std::string average_fault(const Ema& ema) {
  for (const auto& [name, average] : ema.state().tensors) {
    if (!inspect::all_finite(average)) return clause("average of", name);
  }
  return {};
}

}  // namespace reel::apps
