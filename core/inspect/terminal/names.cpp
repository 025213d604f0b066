// "dw[0,1,0,1]": names of elements, gradients, factors and kinds of ops.
#include <reel/core/inspect/terminal/detail/names.h>

#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Of a factor that is no number.
ElementRef place_of(const Trace& trace, std::size_t node, const Factor& factor) {
  const bool of_input = factor.of == Factor::Of::kInput;
  return {
      {of_input ? trace.nodes()[node].inputs[factor.input] : node, factor.of == Factor::Of::kOutputGradient},
      factor.index};
}

}  // namespace

std::string op_kind_text(const TraceNode& node) {
  return node.built_in ? node.op : say("the program's own {}", node.op);
}

std::string element_name(const TraceNode& node, Index element) {
  return node.name + index_text(node.shape, element);
}

std::string factor_tensor(const Trace& trace, std::size_t node, const Factor& factor) {
  const TensorRef tensor = place_of(trace, node, factor);
  return factor.of == Factor::Of::kNumber ? "" : text_of(trace, tensor);
}

std::string factor_name(const Trace& trace, std::size_t node, const Factor& factor) {
  return factor.of == Factor::Of::kNumber ? number_text(factor.value)
                                          : text_of(trace, place_of(trace, node, factor));
}

}  // namespace reel::inline REEL_PRECISION::inspect
