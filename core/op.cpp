#include <reel/core/op.h>

namespace reel::inline REEL_PRECISION {

std::vector<Reads> Op::all_reads(std::span<const Shape> inputs, const Shape& output) const {
  const std::optional<Formula> by = formula(inputs, output);
  std::vector<Reads> all;
  for (std::size_t i = 0; i < inputs.size(); i++) {
    all.push_back(by ? reads_of(*by, i, inputs[i], output) : reads(i, inputs, output));
  }
  return all;
}

}  // namespace reel::inline REEL_PRECISION
