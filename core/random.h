// Counter-based random numbers: a number depends on (seed, stream, index) alone, on no thread and no order.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Philox4x32-10: four random words from a 64-bit key and a 128-bit counter.
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t counter_high,
                                        std::uint64_t counter_low);

/// A sequence of random numbers that can be read at any index. Copies are independent and equal. The kinds of
/// number share the same words, so read one kind from a stream.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint32_t bits(std::uint64_t index) const { return block(index / 4)[index % 4]; }
  /// bits(4 index) .. bits(4 index + 3), for the cost of one.
  std::array<std::uint32_t, 4> block(std::uint64_t index) const { return philox4x32(seed_, stream_, index); }
  /// The uniform() number of a word of bits.
  static double unit(std::uint32_t word) { return (word >> 8) * 0x1p-24; }
  /// In [0, 1), a multiple of 2^-24 (exact in float).
  double uniform(std::uint64_t index) const { return unit(bits(index)); }
  /// Standard normal.
  double normal(std::uint64_t index) const;
  /// A whole number in [0, n).
  std::uint64_t below(std::uint64_t index, std::uint64_t n) const;

  /// A stream of its own for each k, unrelated to the numbers of this one.
  RandomStream substream(std::uint64_t k) const;

  /// Fills out[i] with low + (high - low) * uniform(i); in parallel, same bits at any thread count.
  void fill_uniform(std::span<Scalar> out, Scalar low, Scalar high) const;
  /// Fills out[i] with mean + deviation * normal(i).
  void fill_normal(std::span<Scalar> out, Scalar mean, Scalar deviation) const;

 private:
  std::uint64_t seed_, stream_;
};

/// Where initialisation and dropout draw their streams from: a seed and the number of streams given out.
struct GeneratorState {
  std::uint64_t seed = 0;
  std::uint64_t next_stream = 0;
  friend bool operator==(const GeneratorState&, const GeneratorState&) = default;
};

/// Seeds the generator of the program: from here on it gives the same streams as after any seed(n).
void seed(std::uint64_t n);
/// A stream that no earlier call returned. Safe from any thread; the order of calls decides who gets which.
RandomStream next_random_stream();
GeneratorState generator_state();
void set_generator_state(const GeneratorState& state);

/// Puts the program's generator back, at the end of its life, as it was at the beginning.
class GeneratorGuard {
 public:
  GeneratorGuard() : before_(generator_state()) {}
  ~GeneratorGuard() { set_generator_state(before_); }
  GeneratorGuard(const GeneratorGuard&) = delete;
  GeneratorGuard& operator=(const GeneratorGuard&) = delete;

  const GeneratorState& before() const { return before_; }

 private:
  GeneratorState before_;
};

}  // namespace reel::inline REEL_PRECISION
