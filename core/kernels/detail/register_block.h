// The inner loops of the plane convolution: blocks of sums that stay in registers.
#pragma once

#include <algorithm>
#include <type_traits>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Rows (channels) of the largest block, and how many vectors or taps a block of `rows` rows has room for.
inline constexpr int kBlockRows = kAccumulators / 3;
constexpr int block_width(int rows) { return std::min(8, kAccumulators / rows); }

/// `rows` rows in blocks of nearly equal size, none above kBlockRows.
struct RowBlocks {
  Index rows, count;
  explicit RowBlocks(Index n) : rows(n), count((n + kBlockRows - 1) / kBlockRows) {}
  Index begin(Index block) const { return rows * block / count; }
  Index size(Index block) const { return begin(block + 1) - begin(block); }
};

/// Calls f(std::integral_constant<int, rows>) for rows in 1..kBlockRows.
template <int kRows = kBlockRows, class F>
void with_rows(Index rows, F&& f) {
  if (rows == kRows) {
    f(std::integral_constant<int, kRows>{});
  } else if constexpr (kRows > 1) {
    with_rows<kRows - 1>(rows, f);
  }
}

/// out[r][p] = sum over t of weights[t][r] in[offsets[t] + p], p in 0..kVectors kLanes.
template <int kRows, int kVectors>
void correlate_block(const Scalar* in, const Index* offsets, const Scalar* weights, Index taps, Scalar* out,
                     Index out_pitch) {
  Vector sum[kRows][kVectors] = {};
  for (Index t = 0; t < taps; t++, weights += kRows) {
    const Scalar* from = in + offsets[t];
    Vector pixels[kVectors];
    for (int v = 0; v < kVectors; v++) pixels[v] = load(from + v * kLanes);
    for (int r = 0; r < kRows; r++) {
      for (int v = 0; v < kVectors; v++) sum[r][v] += pixels[v] * weights[r];
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int v = 0; v < kVectors; v++) store(out + r * out_pitch + v * kLanes, sum[r][v]);
  }
}

/// The same for any number of vectors: blocks as wide as the registers allow, then narrower ones.
template <int kRows, int kVectors = block_width(kRows)>
void correlate_run(const Scalar* in, const Index* offsets, const Scalar* weights, Index taps, Index vectors,
                   Scalar* out, Index out_pitch) {
  for (; vectors >= kVectors; vectors -= kVectors, in += kVectors * kLanes, out += kVectors * kLanes) {
    correlate_block<kRows, kVectors>(in, offsets, weights, taps, out, out_pitch);
  }
  if constexpr (kVectors > 1) {
    correlate_run<kRows, kVectors / 2>(in, offsets, weights, taps, vectors, out, out_pitch);
  }
}

/// Images one after another, `image` apart, each of channels `channel` apart.
struct Stack {
  const Scalar* data;
  Index image, channel;
};

/// dweight[r][t] += sum over n, p of dy[n][r][p] in[n][offsets[t] + p], p in 0..vectors kLanes.
template <int kRows, int kTaps>
void gradient_block(const Stack& dy, const Stack& in, const Index* offsets, Index images, Index vectors,
                    Scalar* dweight, Index row_pitch) {
  Vector sum[kRows][kTaps] = {};
  for (Index n = 0; n < images; n++) {
    const Scalar* gradients = dy.data + n * dy.image;
    const Scalar* pixels = in.data + n * in.image;
    for (Index p = 0; p < vectors * kLanes; p += kLanes) {
      Vector row[kRows];
      for (int r = 0; r < kRows; r++) row[r] = load(gradients + r * dy.channel + p);
      for (int t = 0; t < kTaps; t++) {
        const Vector shifted = load(pixels + offsets[t] + p);
        for (int r = 0; r < kRows; r++) sum[r][t] += row[r] * shifted;
      }
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int t = 0; t < kTaps; t++) dweight[r * row_pitch + t] += sum_lanes(sum[r][t]);
  }
}

/// The same for any number of taps.
template <int kRows, int kTaps = block_width(kRows)>
void gradient_taps(const Stack& dy, const Stack& in, const Index* offsets, Index taps, Index images,
                   Index vectors, Scalar* dweight, Index row_pitch) {
  for (; taps >= kTaps; taps -= kTaps, offsets += kTaps, dweight += kTaps) {
    gradient_block<kRows, kTaps>(dy, in, offsets, images, vectors, dweight, row_pitch);
  }
  if constexpr (kTaps > 1) {
    gradient_taps<kRows, kTaps / 2>(dy, in, offsets, taps, images, vectors, dweight, row_pitch);
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
