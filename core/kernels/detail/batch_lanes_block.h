// Which taps a pixel meets, and the register blocks of batch_lanes.cpp. Internal to it.
#pragma once

#include <reel/core/kernels/detail/register_block.h>

namespace reel::inline REEL_PRECISION::kernels {

/// One dimension of a correlation: output o meets input (o step_out + tap step_tap + first) / divisor of
/// those taps for which that is whole. Outputs that are `divisor` apart meet the same taps, at inputs that
/// are step_out apart: they make up a phase.
struct LaneAxis {
  Index outputs, inputs, taps;
  Index step_out, step_tap, first, divisor;
};

struct Hit {
  Index tap, input;  ///< the input may lie outside of the image, where it is zero
};
struct Hits {
  const Hit* begin;
  Index count;
};

/// What output o meets from input `begin` to `end`, written to `hits`, which has room for all taps.
inline Hits hits_of(const LaneAxis& axis, Index output, Index begin, Index end, Hit* hits) {
  Index count = 0;
  for (Index tap = 0; tap < axis.taps; tap++) {
    const Index place = output * axis.step_out + tap * axis.step_tap + axis.first;
    if (place % axis.divisor != 0) continue;
    const Index input = place / axis.divisor;
    if (input >= begin && input < end) hits[count++] = {tap, input};
  }
  return {hits, count};
}

/// From the first to the last input that `count` outputs meet, those outside of the image as well.
struct Reach {
  Index begin, end;
  Reach(const LaneAxis& axis, Index output, Index count) {
    const Index taps = (axis.taps - 1) * axis.step_tap;
    const Index low = output * axis.step_out + axis.first, high = low + (count - 1) * axis.step_out;
    begin = floor_div(low + std::min<Index>(taps, 0) + axis.divisor - 1, axis.divisor);
    end = floor_div(high + std::max<Index>(taps, 0), axis.divisor) + 1;
  }
};

/// Calls f(std::integral_constant<int, step>) for the usual steps, with 0 for others.
template <class F>
void with_step(Index step, F&& f) {
  if (step == 1) return f(std::integral_constant<int, 1>{});
  if (step == 2) return f(std::integral_constant<int, 2>{});
  f(std::integral_constant<int, 0>{});
}

/// Input planes [channels] in rows of `width`; pixel (0, 0) of the image is, or would be, at `data`.
struct LanePlanes {
  const Vector* data;
  Index channels, plane, width;
};

/// Weights [channel][u][v][row of the block].
struct LaneWeights {
  const Scalar* data;
  Index kernel_w, taps;
};

/// Where the pixels of a row go: pixel k of block row r to data[r channel + k step].
struct LaneRow {
  Vector* data;
  Index channel, step;
};

/// out[r][k] = sum over channels and hits of weights[channel][u][v][r] in[channel][y][x + k step], k in
/// 0..kPixels, where (u, y) and (v, x) are hits of the row and of the first pixel. kStep is the step where
/// that is usual, else 0.
template <int kRows, int kPixels, int kStep>
void correlate_lanes(const LanePlanes& in, const Hits& down, const Hits& across, Index step,
                     const LaneWeights& weights, const LaneRow& out) {
  Vector sum[kRows][kPixels] = {};
  const Scalar* channel_weights = weights.data;
  for (Index c = 0; c < in.channels; c++, channel_weights += weights.taps * kRows) {
    for (Index u = 0; u < down.count; u++) {
      const Vector* row = in.data + c * in.plane + down.begin[u].input * in.width;
      const Scalar* row_weights = channel_weights + down.begin[u].tap * weights.kernel_w * kRows;
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
    for (int k = 0; k < kPixels; k++) out.data[r * out.channel + k * out.step] = sum[r][k];
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
