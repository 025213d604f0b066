// Squares of kLanes x kLanes numbers, turned in registers: between planes of pixels, as images are stored,
// and vectors that hold one pixel of kLanes channels each.
#pragma once

#include <utility>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

// Swaps the off-diagonal blocks of 2x2 blocks of kStep lanes.
template <int kStep, int... kLane>
[[gnu::always_inline]] inline void swap_blocks(Vector& a, Vector& b, std::integer_sequence<int, kLane...>) {
  const Vector low = __builtin_shufflevector(a, b, (kLane & kStep ? kLane - kStep + kLanes : kLane)...);
  b = __builtin_shufflevector(a, b, (kLane & kStep ? kLane + kLanes : kLane + kStep)...);
  a = low;
}

template <int kStep = kLanes / 2>
[[gnu::always_inline]] inline void transpose(Vector (&square)[kLanes]) {
  for (int i = 0; i < kLanes; i++) {
    if (!(i & kStep))
      swap_blocks<kStep>(square[i], square[i + kStep], std::make_integer_sequence<int, kLanes>{});
  }
  if constexpr (kStep > 1) transpose<kStep / 2>(square);
}

/// The first `count` lanes, the others zero; nothing beyond them is read.
inline Vector load_first(const Scalar* from, Index count) {
  if (count >= kLanes) return load(from);
  Vector v = {};
  for (Index i = 0; i < count; i++) v[i] = from[i];
  return v;
}

inline void store_first(Scalar* to, Vector v, Index count) {
  if (count >= kLanes) return store(to, v);
  for (Index i = 0; i < count; i++) to[i] = v[i];
}

}  // namespace reel::inline REEL_PRECISION::kernels
