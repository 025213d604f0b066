#include <reel/core/kernels/detail/machine.h>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

const char* instruction_set() {
#if defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512CD__)
  return "x86-64-v4";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
  return "x86-64-v3";
#elif defined(__SSE4_2__) && defined(__POPCNT__)
  return "x86-64-v2";
#else
  return "";
#endif
}

int lanes() { return kLanes; }

Index multiply_adds(Index rounds, Scalar factor, Scalar term, Scalar& result) {
  // Each sum starts from another number, or they would be one to the compiler. They stay near `term` / (1 -
  // factor), far from infinity and from the slow numbers around 0.
  Vector sums[kAccumulators];
  for (int i = 0; i < kAccumulators; i++) sums[i] = Vector{} + static_cast<Scalar>(i);
  for (Index r = 0; r < rounds; r++) {
#pragma GCC unroll 24
    for (Vector& sum : sums) sum = sum * factor + term;
  }
  result = 0;
  for (const Vector& sum : sums) result += sum_lanes(sum);
  return rounds * kAccumulators * kLanes;
}

}  // namespace reel::inline REEL_PRECISION::kernels
