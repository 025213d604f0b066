#include <reel/core/detail/scratch.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/memory.h>

using namespace reel;
using detail::Scratch;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

void* address_of_scratch(std::size_t bytes) { return Scratch(bytes).data(); }

}  // namespace

TEST_CASE("Scratch memory is one block, which grows to the largest that was asked for") {
  release_pooled_memory();
  void* const large = address_of_scratch(3 * kMiB);
  const MemoryStats grown = memory_stats();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kMiB, 3 * kMiB}) {
    CHECK(address_of_scratch(bytes) == large);
  }
  CHECK(memory_stats().system_calls == grown.system_calls);
  CHECK(memory_stats().bytes_pooled == grown.bytes_pooled);
  address_of_scratch(5 * kMiB);
  CHECK(memory_stats().system_calls == grown.system_calls + 1);
  CHECK(memory_stats().bytes_pooled >= static_cast<Index>(5 * kMiB));
  CHECK(memory_stats().bytes_pooled < static_cast<Index>(6 * kMiB));  // the smaller one has gone
}

TEST_CASE("Scratch memory is aligned to 64, holds what it promises and is not rounded up by much") {
  for (const int size : {0, 1, 255, 257, 4097, 1 << 20, (1 << 20) + 1}) {
    release_pooled_memory();
    const Index before = memory_stats().bytes_in_use;
    const auto bytes = static_cast<std::size_t>(size);
    const Scratch scratch(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(scratch.data()) % 64 == 0);
    std::memset(scratch.data(), 1, bytes);
    CHECK(memory_stats().bytes_in_use - before <= size + size / 16 + 256);
  }
}

TEST_CASE("Scratch memory counts as in use, then as pooled, until the pool is emptied") {
  release_pooled_memory();
  const MemoryStats before = memory_stats();
  {
    const Scratch scratch(kMiB);
    CHECK(memory_stats().bytes_in_use == before.bytes_in_use + static_cast<Index>(kMiB));
    CHECK(memory_stats().bytes_pooled == before.bytes_pooled);
    release_pooled_memory();
    std::memset(scratch.data(), 1, kMiB);  // still there
  }
  CHECK(memory_stats().bytes_in_use == before.bytes_in_use);
  CHECK(memory_stats().bytes_pooled == before.bytes_pooled + static_cast<Index>(kMiB));
  release_pooled_memory();
  CHECK(memory_stats().bytes_pooled == 0);
}

TEST_CASE("Scratch memory within a call that has some is another block, and each is found again") {
  release_pooled_memory();
  void *outer_block = nullptr, *inner_block = nullptr;
  for (int step = 0; step < 3; step++) {
    const Scratch outer(2 * kMiB);
    const Scratch inner(kMiB);
    CHECK(outer.data() != inner.data());
    if (step > 0) {
      CHECK(outer.data() == outer_block);
      CHECK(inner.data() == inner_block);
    }
    outer_block = outer.data();
    inner_block = inner.data();
  }
}

TEST_CASE(
    "Scratch memory that the system does not have is a clear error and leaves the counts as they were") {
  address_of_scratch(kMiB);
  const MemoryStats before = memory_stats();
  for (const std::size_t bytes : {std::size_t{1} << 47, SIZE_MAX})
    CHECK_THROWS_WITH_AS(Scratch{bytes}, doctest::Contains("out of memory"), Error);
  detail::fail_allocation_after(0);
  CHECK_THROWS_WITH_AS(Scratch{kMiB}, doctest::Contains("out of memory"), Error);
  detail::fail_allocation_after(-1);
  CHECK(memory_stats().bytes_in_use == before.bytes_in_use);
  CHECK(memory_stats().bytes_pooled == before.bytes_pooled);
}

TEST_CASE("Threads may have scratch memory at once") {
  const Index in_use = memory_stats().bytes_in_use;
  std::vector<std::thread> threads;
  std::atomic<bool> intact = true;
  for (int id = 0; id < 4; id++) {
    threads.emplace_back([id, &intact] {
      for (std::size_t i = 0; i < 300; i++) {
        const std::size_t bytes = 1 + i * 37 % 5000;
        const Scratch scratch(bytes);
        std::memset(scratch.data(), id, bytes);
        const auto* last = static_cast<const unsigned char*>(scratch.data()) + bytes - 1;
        if (*last != id) intact = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(intact);
  CHECK(memory_stats().bytes_in_use == in_use);
}
