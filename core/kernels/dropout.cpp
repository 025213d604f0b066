// Each block of four random words decides on four elements.
#include <reel/core/kernels/detail/dropout.h>

#include <algorithm>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {

void dropout(const Scalar* x, Index n, const RandomStream& stream, double p, Scalar* y) {
  constexpr Index kBlock = 4;  // one block of the stream holds four words
  const auto scale = static_cast<Scalar>(1 / (1 - p));
  parallel_for((n + kBlock - 1) / kBlock, 1024, [=](Index begin, Index end) {
    for (Index block = begin; block < end; block++) {
      const auto words = stream.block(static_cast<std::uint64_t>(block));
      const Index first = block * kBlock;
      for (Index i = first; i < std::min(n, first + kBlock); i++) {
        const bool drop = RandomStream::unit(words[static_cast<std::size_t>(i - first)]) < p;
        y[i] = x[i] * (drop ? 0 : scale);  // of an infinity that is dropped NaN, as in PyTorch
      }
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
