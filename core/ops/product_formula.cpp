// Sums over the inner dimension, with batches that are broadcast.
#include <reel/core/ops/detail/product_formula.h>

#include <reel/core/ops/detail/broadcast_formula.h>

namespace reel::inline REEL_PRECISION::detail {

using formula::Access, formula::Affine;

Formula product_formula(std::span<const Shape> inputs, const Shape& output, bool transposed) {
  const Shape &a = inputs[0], &b = inputs[1];
  const bool rows = a.dim() > 1, columns = b.dim() > 1;
  const Index batches = output.dim() - rows - columns;
  Formula f;
  Access y;
  for (Index d = 0; d < batches; d++) {  // ..., m, n
    y.push_back(f.loop(std::string(1, static_cast<char>('n' - (batches - 1 - d))), output[d]));
  }
  const Access batch = y;
  if (rows) y.push_back(f.loop("i", output[batches]));
  if (columns) y.push_back(f.loop("j", output[-1]));
  const auto k = f.loop("k", a[-1]);
  Access left = broadcast_access(a, batch, 2), right = broadcast_access(b, batch, 2);
  if (rows) left.push_back(y[static_cast<std::size_t>(batches)]);
  left.push_back(k);
  right.push_back(k);
  if (columns) right.insert(right.end() - (transposed ? 1 : 0), y.back());
  f.add(y, {{0, left}, {1, right}});
  if (inputs.size() > 2) f.add(y, {{2, {y.back()}}}).note = "bias";
  return f;
}

}  // namespace reel::inline REEL_PRECISION::detail
