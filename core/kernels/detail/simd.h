// The vector registers of the machine the library is compiled for, as a type that g++ and clang know.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

// Besides the width, how many sums a loop can keep in registers: of 32, 16, 32 and 16 registers.
#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64, kAccumulators = 24;
#elif defined(__AVX__)
inline constexpr int kVectorBytes = 32, kAccumulators = 12;
#elif defined(__aarch64__)
inline constexpr int kVectorBytes = 16, kAccumulators = 24;
#else
inline constexpr int kVectorBytes = 16, kAccumulators = 12;
#endif
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(Scalar));

using Vector __attribute__((vector_size(kVectorBytes))) = Scalar;
using UnalignedVector __attribute__((vector_size(kVectorBytes), aligned(alignof(Scalar)), may_alias)) =
    Scalar;

inline Vector load(const Scalar* from) { return *reinterpret_cast<const UnalignedVector*>(from); }
/// In a loop that stores nothing g++ would load a vector again for each of its uses.
inline Vector load_once(const Scalar* from) {
  return *reinterpret_cast<const volatile UnalignedVector*>(from);
}
inline void store(Scalar* to, Vector v) { *reinterpret_cast<UnalignedVector*>(to) = v; }

/// Copies `count` scalars in pieces of kPiece, the last of which reaches back; in smaller ones where there are
/// fewer.
template <int kPiece = kLanes>
void copy_row(const Scalar* from, Index count, Scalar* to) {
  if (count >= kPiece) {
    for (Index i = 0; i < count; i += kPiece) {
      const Index first = std::min(i, count - kPiece);
      std::memcpy(to + first, from + first, kPiece * sizeof(Scalar));
    }
  } else if constexpr (kPiece > 1) {
    copy_row<kPiece / 2>(from, count, to);
  }
}

/// The first `count` lanes, the others zero; nothing beyond them is read.
inline Vector load_first(const Scalar* from, Index count) {
  if (count >= kLanes) return load(from);
  Scalar lanes[kLanes] = {};
  copy_row<kLanes / 2>(from, count, lanes);
  return load(lanes);
}

inline void store_first(Scalar* to, Vector v, Index count) {
  if (count >= kLanes) return store(to, v);
  Scalar lanes[kLanes];
  store(lanes, v);
  copy_row<kLanes / 2>(lanes, count, to);
}

/// Calls f(i) for i in 0..kCount, one call after another and no loop: what f indexes by i can be in registers.
template <class F, int... i>
[[gnu::always_inline]] inline void unrolled(const F& f, std::integer_sequence<int, i...>) {
  (f(i), ...);
}
template <int kCount, class F>
[[gnu::always_inline]] inline void unrolled(const F& f) {
  unrolled(f, std::make_integer_sequence<int, kCount>());
}

template <int kFirst, int... kLane>
Vector every_second(Vector a, Vector b, std::integer_sequence<int, kLane...>) {
  return __builtin_shufflevector(a, b, (2 * kLane + kFirst)...);
}
template <int kFirst, int... kLane>
Vector zip(Vector a, Vector b, std::integer_sequence<int, kLane...>) {
  return __builtin_shufflevector(a, b, ((kFirst + kLane) / 2 + (kFirst + kLane) % 2 * kLanes)...);
}
using Lanes = std::make_integer_sequence<int, kLanes>;

/// Of the two vectors one after another, the lanes 0, 2, ... and 1, 3, ...
inline Vector evens(Vector a, Vector b) { return every_second<0>(a, b, Lanes()); }
inline Vector odds(Vector a, Vector b) { return every_second<1>(a, b, Lanes()); }
/// The first and the second half of a[0], b[0], a[1], b[1], ...
inline Vector zip_low(Vector a, Vector b) { return zip<0>(a, b, Lanes()); }
inline Vector zip_high(Vector a, Vector b) { return zip<kLanes>(a, b, Lanes()); }

/// v plus v turned by half of `kLanesLeft` lanes, and so on down to one lane: the sum of all.
template <int kLanesLeft, int... kLane>
Scalar sum_lanes(Vector v, std::integer_sequence<int, kLane...> lanes) {
  if constexpr (kLanesLeft == 1) {
    return v[0];
  } else {
    return sum_lanes<kLanesLeft / 2>(
        v + __builtin_shufflevector(v, v, ((kLane + kLanesLeft / 2) % kLanes)...), lanes);
  }
}
inline Scalar sum_lanes(Vector v) { return sum_lanes<kLanes>(v, Lanes()); }

}  // namespace reel::inline REEL_PRECISION::kernels
