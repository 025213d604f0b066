// What an op reads, by its own word or by its formula, and what its words may name.
#include <reel/core/op_facts.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

std::vector<Reads> OpFacts::reads_of_each(std::span<const Shape> inputs, const Shape& output) const {
  if (formula) check_formula(*formula, inputs, output);
  if (function && (inputs.size() != 1 || inputs[0] != output)) {
    throw Error(fmt::format(
        "its facts say a function of one number, element by element: one input of the output's shape {} "
        "is expected, the inputs are {}",
        output, fmt::join(inputs, ", ")));
  }
  std::vector<Reads> all = reads;
  all.resize(inputs.size());
  if (!reads.empty() || !formula) return all;
  for (std::size_t i = 0; i < inputs.size(); i++) all[i] = reads_of(*formula, i, inputs[i], output);
  return all;
}

std::map<std::string, double> OpFacts::constants() const {
  std::map<std::string, double> constants;
  for (const OpOption& option : options) {
    if (option.values.size() == 1) constants.emplace(option.name, option.values[0]);
  }
  return constants;
}

}  // namespace reel::inline REEL_PRECISION
