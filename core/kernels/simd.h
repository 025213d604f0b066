// The vector registers of the machine the library is compiled for, as a type that g++ and clang know.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

// Besides the width, how many sums a loop can keep in registers: of 32, 16 and 16 registers.
#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64, kAccumulators = 24;
#elif defined(__AVX__)
inline constexpr int kVectorBytes = 32, kAccumulators = 12;
#else
inline constexpr int kVectorBytes = 16, kAccumulators = 12;
#endif
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(Scalar));

typedef Scalar Vector __attribute__((vector_size(kVectorBytes)));
typedef Scalar UnalignedVector
    __attribute__((vector_size(kVectorBytes), aligned(alignof(Scalar)), may_alias));

inline Vector load(const Scalar* from) { return *reinterpret_cast<const UnalignedVector*>(from); }
inline void store(Scalar* to, Vector v) { *reinterpret_cast<UnalignedVector*>(to) = v; }

/// The sum of the lanes, halves added to halves.
inline Scalar sum_lanes(Vector v) {
  Scalar lanes[kLanes];
  store(lanes, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace reel::inline REEL_PRECISION::kernels
