// The matrices of Winograd's minimal filtering F(4x4, 3x3) and F(3x3, 4x4), applied to vectors; Lavin and
// Gray, arXiv:1509.09308, section 4.3. Both interpolate at 0, 1, -1, 2, -2 and infinity, so they share the
// transform of the input.
#pragma once

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

inline constexpr int kTile = 4, kFilter = 3, kPoints = kTile + kFilter - 1;

// What a transform reads: elements `step` apart.
struct Elements {
  const Vector* first;
  Index step;

  Vector operator[](int i) const { return load_once(reinterpret_cast<const Scalar*>(first + i * step)); }
};

// Each maps the elements of a row to those of another.

/// 6 inputs -> 6 points.
inline void input_points(const Elements& in, Vector* out, Index out_step) {
  const Vector d0 = in[0], d1 = in[1], d2 = in[2], d3 = in[3], d4 = in[4], d5 = in[5];
  const Vector even = d4 - 4 * d2, odd = d3 - 4 * d1, even2 = d4 - d2, odd2 = 2 * (d3 - d1);
  out[0] = 4 * d0 - 5 * d2 + d4;
  out[out_step] = even + odd;
  out[2 * out_step] = even - odd;
  out[3 * out_step] = even2 + odd2;
  out[4 * out_step] = even2 - odd2;
  out[5 * out_step] = 4 * d1 - 5 * d3 + d5;
}

/// 3 weights -> 6 points.
inline void filter_points(const Elements& in, Vector* out, Index out_step) {
  constexpr Scalar k4 = Scalar(1) / 4, k6 = Scalar(1) / 6, k12 = Scalar(1) / 12, k24 = Scalar(1) / 24;
  const Vector g0 = in[0], g1 = in[1], g2 = in[2];
  const Vector even = -k6 * (g0 + g2), odd = -k6 * g1, even2 = k24 * g0 + k6 * g2, odd2 = k12 * g1;
  out[0] = k4 * g0;
  out[out_step] = even + odd;
  out[2 * out_step] = even - odd;
  out[3 * out_step] = even2 + odd2;
  out[4 * out_step] = even2 - odd2;
  out[5 * out_step] = g2;
}

/// 6 points -> 4 outputs.
inline void output_points(const Elements& in, Vector* out, Index out_step) {
  const Vector p0 = in[0], p1 = in[1], p2 = in[2], p3 = in[3], p4 = in[4], p5 = in[5];
  const Vector sum = p1 + p2, difference = p1 - p2, sum2 = p3 + p4, difference2 = p3 - p4;
  out[0] = p0 + sum + sum2;
  out[out_step] = difference + 2 * difference2;
  out[2 * out_step] = sum + 4 * sum2;
  out[3 * out_step] = difference + 8 * difference2 + p5;
}

/// 4 gradients of outputs, which take the part of a filter -> 6 points.
inline void gradient_points(const Elements& in, Vector* out, Index out_step) {
  constexpr Scalar k4 = Scalar(1) / 4, k6 = Scalar(1) / 6, k24 = Scalar(1) / 24;
  const Vector g0 = in[0], g1 = in[1], g2 = in[2], g3 = in[3];
  const Vector even = -k6 * (g0 + g2), odd = -k6 * (g1 + g3), even2 = k24 * (g0 + 4 * g2),
               odd2 = k24 * (2 * g1 + 8 * g3);
  out[0] = k4 * g0;
  out[out_step] = even + odd;
  out[2 * out_step] = even - odd;
  out[3 * out_step] = even2 + odd2;
  out[4 * out_step] = even2 - odd2;
  out[5 * out_step] = g3;
}

/// 6 points -> 3 gradients of weights.
inline void weight_points(const Elements& in, Vector* out, Index out_step) {
  const Vector p0 = in[0], p1 = in[1], p2 = in[2], p3 = in[3], p4 = in[4], p5 = in[5];
  const Vector sum = p1 + p2, difference = p1 - p2, sum2 = p3 + p4, difference2 = p3 - p4;
  out[0] = p0 + sum + sum2;
  out[out_step] = difference + 2 * difference2;
  out[2 * out_step] = sum + 4 * sum2 + p5;
}

/// Applies a transform of rows of kIn to rows of kOut to both sides: out = T in T^t.
template <int kIn, int kOut, class Transform>
void transform_square(const Vector (&in)[kIn * kIn], Vector (&out)[kOut * kOut], Transform&& transform) {
  Vector half[kIn * kOut];  // [kOut][kIn]
  for (int column = 0; column < kIn; column++) transform({in + column, kIn}, half + column, kIn);
  for (int row = 0; row < kOut; row++) transform({half + row * kIn, 1}, out + row * kOut, 1);
}

}  // namespace reel::inline REEL_PRECISION::kernels
