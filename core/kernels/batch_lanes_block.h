// Which taps a pixel meets, and the register blocks of batch_lanes.cpp. Internal to it.
#pragma once

#include <reel/core/kernels/register_block.h>

namespace reel::inline REEL_PRECISION::kernels {

/// One dimension of a correlation: output o meets input (o step_out + tap step_tap + first) / divisor, where
/// that is whole and inside.
struct Axis {
  Index outputs, inputs, taps;
  Index step_out, step_tap, first, divisor;

  /// Of the outputs that are `divisor` apart the inputs are this far apart.
  Index input_step() const { return step_out; }
  bool meets(Index output, Index tap) const {
    const Index place = output * step_out + tap * step_tap + first;
    return place >= 0 && place % divisor == 0 && place / divisor < inputs;
  }
  Index input(Index output, Index tap) const {
    return (output * step_out + tap * step_tap + first) / divisor;
  }
};

struct Hit {
  Index tap, input;
};
struct Hits {
  const Hit* begin;
  Index count;
};

/// Writes what output o meets to `hits`, which has room for all taps.
inline Hits hits_of(const Axis& axis, Index output, Hit* hits) {
  Index count = 0;
  for (Index tap = 0; tap < axis.taps; tap++) {
    if (axis.meets(output, tap)) hits[count++] = {tap, axis.input(output, tap)};
  }
  return {hits, count};
}

/// `count` outputs from `first` on, the axis's divisor apart, that meet the same taps; `hits` are the first's.
struct Segment {
  Index first, count;
  Hits hits;
};

inline bool same_taps(const Hits& a, const Hits& b) {
  return a.count == b.count && std::equal(a.begin, a.begin + a.count, b.begin,
                                          [](const Hit& x, const Hit& y) { return x.tap == y.tap; });
}

/// Cuts all outputs into segments and returns how many; `segments` has room for `outputs`, `hits` for all
/// taps of each.
inline Index cut_into_segments(const Axis& axis, Segment* segments, Hit* hits) {
  Index count = 0;
  for (Index residue = 0; residue < std::min(axis.divisor, axis.outputs); residue++) {
    bool begins = true;
    for (Index o = residue; o < axis.outputs; o += axis.divisor) {
      const Hits here = hits_of(axis, o, hits);
      if (!begins && same_taps(here, segments[count - 1].hits)) {
        segments[count - 1].count++;
        continue;
      }
      segments[count++] = {o, 1, here};
      hits += axis.taps;
      begins = false;
    }
  }
  return count;
}

/// Input planes [channels] of vectors, the rows from the first one that is there.
struct LanePlanes {
  const Vector* data;
  Index channels, plane, width;
};

/// Calls f(std::integral_constant<int, step>) for the usual steps, with 0 for others.
template <class F>
void with_step(Index step, F&& f) {
  if (step == 1) return f(std::integral_constant<int, 1>{});
  if (step == 2) return f(std::integral_constant<int, 2>{});
  f(std::integral_constant<int, 0>{});
}

/// out[r][k] = sum over channels and taps of weights[channel][u][v][r] in[channel][y][x + k step], k in
/// 0..kPixels, where (u, y) and (v, x) are the hits of the row and of the first column. kStep is the step where
/// that is usual, else 0.
template <int kRows, int kPixels, int kStep>
void correlate_lanes(const LanePlanes& in, const Hits& down, const Hits& across, Index step,
                     const Scalar* weights, Index kernel_w, Index taps, Vector* out, Index out_channel,
                     Index out_step) {
  Vector sum[kRows][kPixels] = {};
  for (Index c = 0; c < in.channels; c++, weights += taps * kRows) {
    for (Index u = 0; u < down.count; u++) {
      const Vector* row = in.data + c * in.plane + down.begin[u].input * in.width;
      const Scalar* row_weights = weights + down.begin[u].tap * kernel_w * kRows;
      for (Index v = 0; v < across.count; v++) {
        const Vector* from = row + across.begin[v].input;
        const Scalar* tap = row_weights + across.begin[v].tap * kRows;
        Vector pixels[kPixels];
        for (int k = 0; k < kPixels; k++) pixels[k] = from[k * (kStep ? kStep : step)];
        for (int r = 0; r < kRows; r++) {
          for (int k = 0; k < kPixels; k++) sum[r][k] += pixels[k] * tap[r];
        }
      }
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int k = 0; k < kPixels; k++) out[r * out_channel + k * out_step] = sum[r][k];
  }
}

/// sums[r][t] += sum over rows and columns of dy[r][i][j] in[offsets[t] + i row_step + j column_step].
template <int kRows, int kTaps>
void multiply_lanes(const Vector* dy, Index dy_channel, Index rows, Index columns, const Vector* in,
                    const Index* offsets, Index row_step, Index column_step, Vector* sums, Index pitch) {
  Vector sum[kRows][kTaps];
  for (int r = 0; r < kRows; r++) {
    for (int t = 0; t < kTaps; t++) sum[r][t] = sums[r * pitch + t];
  }
  const Vector* from[kTaps];
  for (int t = 0; t < kTaps; t++) from[t] = in + offsets[t];
  for (Index i = 0; i < rows; i++) {
    for (Index j = 0; j < columns; j++, dy++) {
      Vector gradients[kRows];
      for (int r = 0; r < kRows; r++) gradients[r] = dy[r * dy_channel];
      const Index place = i * row_step + j * column_step;
      for (int t = 0; t < kTaps; t++) {
        const Vector pixel = from[t][place];
        for (int r = 0; r < kRows; r++) sum[r][t] += gradients[r] * pixel;
      }
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int t = 0; t < kTaps; t++) sums[r * pitch + t] = sum[r][t];
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
