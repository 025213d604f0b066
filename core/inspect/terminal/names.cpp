// "dw[0,1,0,1]": names of elements, gradients, factors and kinds of ops.
#include <reel/core/inspect/terminal/detail/names.h>

#include <reel/core/text/detail/number.h>

namespace reel::inline REEL_PRECISION::inspect {

std::string op_kind_text(const TraceNode& node) {
  return node.built_in ? node.op : "the program's own " + node.op;
}

std::string element_name(const TraceNode& node, Index element) {
  return node.name + index_text(node.shape, element);
}

std::string gradient_element_name(const TraceNode& node, Index element) {
  return gradient_name(element_name(node, element));
}

std::string factor_name(const Trace& trace, std::size_t node, const Factor& factor) {
  const TraceNode& op = trace.nodes()[node];
  switch (factor.of) {
    case Factor::Of::kInput:
      return element_name(trace.nodes()[op.inputs[factor.input]], factor.index);
    case Factor::Of::kOutput:
      return element_name(op, factor.index);
    case Factor::Of::kOutputGradient:
      return gradient_element_name(op, factor.index);
    case Factor::Of::kNumber:
      break;
  }
  return number_text(factor.value);
}

}  // namespace reel::inline REEL_PRECISION::inspect
