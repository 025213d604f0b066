// The inner loop of matrix products whose second factor and result have rows of whole vectors.
#pragma once

#include <algorithm>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

/// A factor whose element (i, k) is at data[i row + k step].
struct StridedMatrix {
  const Scalar* data;
  Index row, step;
};

/// c[i][j] (+)= sum over k of a(i, k) b[k][j], for kRows rows of kVectors vectors. Every element of b is
/// loaded once for kRows multiply-adds, every one of a once for kVectors; the sums stay in registers.
template <int kRows, int kVectors, bool kAdd>
void multiply_block(StridedMatrix a, const Scalar* b, Index b_row, Index depth, Scalar* c, Index c_row) {
  Vector sum[kRows][kVectors] = {};
  constexpr int kTriples = (kRows + 2) / 3;  // few enough pointers to keep in registers
  const Scalar* from[kTriples];
  for (int t = 0; t < kTriples; t++) from[t] = a.data + 3 * t * a.row;
  for (int i = 0; i < kRows; i++) {  // the results are often far away in memory
    for (int v = 0; v < kVectors; v++) __builtin_prefetch(c + i * c_row + v * kLanes, 1);
  }
  for (Index k = 0; k < depth; k++, b += b_row) {
    Vector row[kVectors];
    for (int v = 0; v < kVectors; v++) row[v] = load(b + v * kLanes);
    for (int i = 0; i < kRows; i++) {
      const Scalar factor = from[i / 3][i % 3 * a.row];
      for (int v = 0; v < kVectors; v++) sum[i][v] += row[v] * factor;
    }
    for (int t = 0; t < kTriples; t++) from[t] += a.step;
  }
  for (int i = 0; i < kRows; i++) {
    for (int v = 0; v < kVectors; v++) {
      Scalar* to = c + i * c_row + v * kLanes;
      store(to, kAdd ? load(to) + sum[i][v] : sum[i][v]);
    }
  }
}

inline constexpr int kProductVectors = 2, kProductRows = kAccumulators / kProductVectors;

template <int kVectors, bool kAdd, int kRows = kProductRows>
void multiply_rows(Index rows, StridedMatrix a, const Scalar* b, Index b_row, Index depth, Scalar* c,
                   Index c_row) {
  for (; rows >= kRows; rows -= kRows, a.data += kRows * a.row, c += kRows * c_row) {
    multiply_block<kRows, kVectors, kAdd>(a, b, b_row, depth, c, c_row);
  }
  if constexpr (kRows > 1) {
    if (rows > 0)
      multiply_rows<kVectors, kAdd, (kRows > 8 ? 8 : kRows / 2)>(rows, a, b, b_row, depth, c, c_row);
  }
}

/// The same for any number of rows and `vectors` vectors in a row.
template <bool kAdd>
void multiply(Index rows, Index vectors, StridedMatrix a, const Scalar* b, Index b_row, Index depth,
              Scalar* c, Index c_row) {
  for (; vectors >= kProductVectors; vectors -= kProductVectors) {
    multiply_rows<kProductVectors, kAdd>(rows, a, b, b_row, depth, c, c_row);
    b += kProductVectors * kLanes;
    c += kProductVectors * kLanes;
  }
  if (vectors > 0) multiply_rows<1, kAdd>(rows, a, b, b_row, depth, c, c_row);
}

}  // namespace reel::inline REEL_PRECISION::kernels
