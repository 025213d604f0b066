// Philox 4x32-10, numbers made from its words, and the program's own generator.
#include <reel/core/random.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kFillGrain = 4096;

struct Generator {
  std::mutex mutex;
  GeneratorState state;
};

Generator& generator() {
  static Generator instance;
  return instance;
}

// Box-Muller: two uniform words to a standard normal. The first is moved into (0, 1] so that log is finite.
double box_muller(std::uint32_t radius_word, std::uint32_t angle_word) {
  const double u = (radius_word + 1.0) * 0x1p-32, v = angle_word * 0x1p-32;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t counter_high,
                                        std::uint64_t counter_low) {
  constexpr std::uint64_t kMultiply0 = 0xD2511F53, kMultiply1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
  std::array<std::uint32_t, 4> c{low(counter_low), high(counter_low), low(counter_high), high(counter_high)};
  std::uint32_t k0 = low(key), k1 = high(key);
  for (int round = 0; round < 10; round++) {
    const std::uint64_t p0 = kMultiply0 * c[0], p1 = kMultiply1 * c[2];
    c = {high(p1) ^ c[1] ^ k0, low(p1), high(p0) ^ c[3] ^ k1, low(p0)};
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return c;
}

double RandomStream::normal(std::uint64_t index) const {
  const auto words = block(index / 2);
  return index % 2 == 0 ? box_muller(words[0], words[1]) : box_muller(words[2], words[3]);
}

std::uint64_t RandomStream::below(std::uint64_t index, std::uint64_t n) const {
  // 64 random bits, times n, divided by 2^64: the bias is n / 2^64. The product has 128 bits, for which there
  // is no type on every machine: by halves, none of the sums overflows.
  const auto words = block(index);
  const std::uint64_t n_high = n >> 32, n_low = n & 0xFFFFFFFF;
  const std::uint64_t cross = words[0] * n_low + (words[1] * n_low >> 32);
  const std::uint64_t other = words[1] * n_high + (cross & 0xFFFFFFFF);
  return words[0] * n_high + (cross >> 32) + (other >> 32);
}

RandomStream RandomStream::substream(std::uint64_t k) const {
  // Another key than that of the numbers, so that no number of this stream names a substream.
  constexpr std::uint64_t kKey = 0x7375627374726561;  // "substrea"
  const auto words = philox4x32(seed_ ^ kKey, stream_, k);
  return {std::uint64_t{words[0]} << 32 | words[1], std::uint64_t{words[2]} << 32 | words[3]};
}

void RandomStream::fill_uniform(std::span<Scalar> out, Scalar low, Scalar high) const {
  // What rounds to `high` is the number below it.
  const Scalar last = low < high ? std::nextafter(high, low) : low;
  parallel_for(std::ssize(out), kFillGrain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; i++) {
      const double u = uniform(static_cast<std::uint64_t>(i));
      out[static_cast<std::size_t>(i)] = std::min(low + (high - low) * static_cast<Scalar>(u), last);
    }
  });
}

void RandomStream::fill_normal(std::span<Scalar> out, Scalar mean, Scalar deviation) const {
  parallel_for(std::ssize(out), kFillGrain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; i++) {
      out[static_cast<std::size_t>(i)] =
          mean + deviation * static_cast<Scalar>(normal(static_cast<std::uint64_t>(i)));
    }
  });
}

void seed(std::uint64_t n) { set_generator_state({n, 0}); }

RandomStream next_random_stream() {
  const std::lock_guard lock(generator().mutex);
  GeneratorState& state = generator().state;
  return {state.seed, state.next_stream++};
}

GeneratorState generator_state() {
  const std::lock_guard lock(generator().mutex);
  return generator().state;
}

void set_generator_state(const GeneratorState& state) {
  const std::lock_guard lock(generator().mutex);
  generator().state = state;
}

}  // namespace reel::inline REEL_PRECISION
