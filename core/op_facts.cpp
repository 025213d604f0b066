// What an op reads, by its own word or by its formula.
#include <reel/core/op_facts.h>

namespace reel::inline REEL_PRECISION {

std::vector<Reads> OpFacts::reads_of_each(std::span<const Shape> inputs, const Shape& output) const {
  if (formula) check_formula(*formula, inputs, output);
  std::vector<Reads> all = reads;
  all.resize(inputs.size());
  if (!reads.empty() || !formula) return all;
  for (std::size_t i = 0; i < inputs.size(); i++) all[i] = reads_of(*formula, i, inputs[i], output);
  return all;
}

}  // namespace reel::inline REEL_PRECISION
