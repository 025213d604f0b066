#include <reel/core/random.h>

#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/parallel.h>

#include "close.h"

using namespace reel;
using reel_test::kStandardErrors;

using Words = std::array<std::uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the known answers of its authors (Random123, kat_vectors)") {
  CHECK(philox4x32(0, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32(~0ull, ~0ull, ~0ull) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: words in order, the low one first.
  CHECK(philox4x32(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("A stream is a function of seed, stream and index alone") {
  const RandomStream a(1, 2), b(1, 2), other_seed(2, 2), other_stream(1, 3);
  CHECK(a.bits(1000) == b.bits(1000));
  CHECK(a.bits(5) == b.bits(5));
  CHECK(a.bits(5) != other_seed.bits(5));
  CHECK(a.bits(5) != other_stream.bits(5));
  CHECK(a.bits(5) != a.bits(6));
  CHECK(a.bits(6) == philox4x32(1, 2, 1)[2]);
}

TEST_CASE("Uniform numbers fill [0, 1) evenly") {
  const RandomStream stream(3, 0);
  const int n = 100'000;
  std::array<int, 10> count{};
  double sum = 0;
  for (std::uint64_t i = 0; i < n; i++) {
    const double u = stream.uniform(i);
    REQUIRE((u >= 0 && u < 1));
    REQUIRE(static_cast<double>(static_cast<float>(u)) == u);
    count[static_cast<std::size_t>(u * 10)]++;
    sum += u;
  }
  CHECK_CLOSE(sum / n, 0.5, kStandardErrors / std::sqrt(3.0 * n));
  for (const int c : count) CHECK_CLOSE(c, n / 10, kStandardErrors * std::sqrt(9.0 / n));
}

TEST_CASE("Normal numbers have the moments of the standard normal distribution") {
  const RandomStream stream(4, 0);
  const int n = 200'000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0, last = 0;
  for (std::uint64_t i = 0; i < n; i++) {
    const double x = stream.normal(i);
    m1 += x / n;
    m2 += x * x / n;
    m3 += x * x * x / n;
    m4 += x * x * x * x / n;
    neighbours += x * last / n;
    last = x;
  }
  const double unit = kStandardErrors / std::sqrt(n);
  CHECK(std::abs(m1) < unit);
  CHECK_CLOSE(m2, 1, unit * std::sqrt(2.0));
  CHECK(std::abs(m3) < unit * std::sqrt(15.0));
  CHECK_CLOSE(m4, 3, unit * std::sqrt(96.0) / 3);
  CHECK(std::abs(neighbours) < unit);
}

TEST_CASE("Each normal number is Box and Muller's of two words of its own") {
  const RandomStream stream(4, 7);
  for (std::uint64_t i = 0; i < 8; i++) {
    const double u = (stream.bits(2 * i) + 1.0) * 0x1p-32, v = stream.bits(2 * i + 1) * 0x1p-32;
    CHECK_CLOSE(stream.normal(i), std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v));
  }
}

TEST_CASE("below() gives every whole number under its limit") {
  const RandomStream stream(5, 0);
  std::array<int, 7> count{};
  for (std::uint64_t i = 0; i < 70'000; i++) {
    const std::uint64_t k = stream.below(i, 7);
    REQUIRE(k < 7);
    count[k]++;
  }
  for (const int c : count) CHECK_CLOSE(c, 10'000, kStandardErrors * std::sqrt(6.0 / 70'000));
  CHECK(stream.below(0, 1) == 0);
  CHECK(stream.below(0, ~0ull) < ~0ull);
}

#ifdef __SIZEOF_INT128__
TEST_CASE("below() is the upper half of a product of 128 bits") {
  __extension__ using Wide = unsigned __int128;
  const RandomStream stream(8, 3);
  for (std::uint64_t i = 0; i < 500; i++) {
    const auto words = stream.block(i);
    const std::uint64_t bits = std::uint64_t{words[0]} << 32 | words[1];
    for (const std::uint64_t n : {1ull, 10ull, 0xFFFFFFFFull, 0x100000000ull, 0x9E3779B97F4A7C15ull, ~0ull}) {
      REQUIRE(stream.below(i, n) == static_cast<std::uint64_t>(Wide{bits} * n >> 64));
    }
  }
}
#endif

TEST_CASE("Filling equals reading one by one, at any number of threads") {
  const RandomStream stream(6, 1);
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    std::vector<Scalar> uniform(10'001), normal(10'001);
    stream.fill_uniform(uniform, -1, 3);
    stream.fill_normal(normal, 1, 2);
    for (const std::size_t i : {0u, 1u, 4095u, 4096u, 10'000u}) {
      CHECK(uniform[i] == Scalar(-1) + 4 * static_cast<Scalar>(stream.uniform(i)));
      CHECK_CLOSE(normal[i], 1 + 2 * stream.normal(i));
    }
  }
  set_num_threads(before);
}

TEST_CASE("The program's generator gives each stream once, and again after the same seed") {
  seed(9);
  const std::uint32_t first = next_random_stream().bits(0), second = next_random_stream().bits(0);
  CHECK(first != second);
  CHECK(generator_state() == GeneratorState{9, 2});
  const GeneratorState middle = generator_state();
  const std::uint32_t third = next_random_stream().bits(0);
  seed(9);
  CHECK(next_random_stream().bits(0) == first);
  CHECK(next_random_stream().bits(0) == second);
  set_generator_state(middle);
  CHECK(next_random_stream().bits(0) == third);
}

TEST_CASE("GeneratorGuard puts the generator back, after an exception too") {
  seed(5);
  const GeneratorState before = generator_state();
  const auto failing = [] {
    const GeneratorGuard guard;
    next_random_stream();
    CHECK(guard.before() == GeneratorState{5, 0});
    throw Error("stop");
  };
  CHECK_THROWS_AS(failing(), Error);
  CHECK(generator_state() == before);
}
