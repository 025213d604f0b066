#include <reel/core/tape_memory.h>

#include <unordered_set>

#include <reel/core/detail/tape_node.h>

namespace reel::inline REEL_PRECISION {

TapeMemory Tape::memory() const {
  TapeMemory memory;
  std::unordered_set<const Scalar*> counted;  // storages, by their first element's address
  const auto count = [&](const Tensor& tensor, Index& bytes) {
    if (!tensor.defined() || !counted.insert(tensor.data()).second) return;
    bytes += tensor.numel() * static_cast<Index>(sizeof(Scalar));
  };
  for (const Node& node : nodes_) {
    count(node.value, node.parameter ? memory.parameters : node.kind ? memory.inputs : memory.activations);
    count(node.grad, node.parameter ? memory.parameter_gradients : memory.gradients);
    if (!node.op) continue;
    for (const Tensor& tensor : node.op->saved()) count(tensor, memory.saved);
  }
  return memory;
}

std::string TapeMemory::text() const {
  std::string table;
  const auto line = [&](std::string_view purpose, Index bytes) {
    table += fmt::format("{:<19} {:>10.2f} MiB\n", purpose, static_cast<double>(bytes) / (1 << 20));
  };
  line("parameters", parameters);
  line("parameter gradients", parameter_gradients);
  line("inputs", inputs);
  line("activations", activations);
  line("saved by ops", saved);
  line("gradients", gradients);
  line("total", total());
  return table;
}

}  // namespace reel::inline REEL_PRECISION

fmt::format_context::iterator fmt::formatter<reel::TapeMemory>::format(const reel::TapeMemory& memory,
                                                                       fmt::format_context& context) const {
  return fmt::format_to(context.out(), "{}", memory.text());
}
