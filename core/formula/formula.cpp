#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION {

formula::Loop Formula::loop(std::string name, Index count) {
  loops.push_back({std::move(name), count});
  return {loops.size() - 1};
}

formula::Summand& Formula::add(formula::Access result, std::vector<formula::IndexedInput> factors) {
  return summands.emplace_back(formula::Summand{std::move(result), std::move(factors)});
}

std::vector<Formula::Counter> product_loops(const Formula& f) {
  for (const formula::Summand& summand : f.summands) {
    if (summand.factors.size() != 2) continue;
    std::vector<bool> in_result(f.loops.size()), in_product(f.loops.size());
    const auto mark = [](std::vector<bool>& loops, const formula::Access& access) {
      for (const formula::Affine& affine : access) {
        for (const auto& part : affine.parts) loops[part.loop] = loops[part.loop] || part.per == 0;
      }
    };
    mark(in_result, summand.result);
    in_product = in_result;
    for (const formula::IndexedInput& factor : summand.factors) mark(in_product, factor.at);
    if (in_product == in_result) continue;
    std::vector<Formula::Counter> loops;
    for (std::size_t l = 0; l < f.loops.size(); l++) {
      if (in_product[l]) loops.push_back(f.loops[l]);
    }
    return loops;
  }
  return {};
}

Index turns_of(std::span<const Formula::Counter> loops) {
  Index turns = loops.empty() ? 0 : 1;
  for (const auto& [name, count] : loops) turns *= count;
  return turns;
}

}  // namespace reel::inline REEL_PRECISION
