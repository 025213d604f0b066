#include <reel/core/memory.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/tensor.h>

using namespace reel;

TEST_CASE("A freed buffer is handed out again without a call to the system") {
  const Scalar* address = nullptr;
  {
    const Tensor t = Tensor::uninitialized({1000});
    address = t.data();
  }
  const Index calls = memory_stats().system_calls;
  const Tensor t = Tensor::uninitialized({1000});
  CHECK(t.data() == address);
  CHECK(memory_stats().system_calls == calls);
}

TEST_CASE("Elements are aligned to 64 bytes") {
  for (const Index n : {0, 1, 7, 1000, 12345}) {
    const Tensor t = Tensor::ones({n});
    CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % 64 == 0);
  }
}

TEST_CASE("The pool counts the bytes that are out, waiting and at their peak") {
  release_pooled_memory();
  const MemoryStats before = memory_stats();
  CHECK(before.bytes_pooled == 0);
  Index in_use = 0;
  {
    const Tensor t = Tensor::uninitialized({100'000});
    in_use = memory_stats().bytes_in_use - before.bytes_in_use;
    const auto bytes = static_cast<Index>(100'000 * sizeof(Scalar));
    CHECK(in_use >= bytes);
    CHECK(in_use <= bytes + bytes / 16 + 256);
    CHECK(memory_stats().peak_bytes >= memory_stats().bytes_in_use);
  }
  CHECK(memory_stats().bytes_in_use == before.bytes_in_use);
  CHECK(memory_stats().bytes_pooled == in_use);
  release_pooled_memory();
  CHECK(memory_stats().bytes_pooled == 0);
}

TEST_CASE("Blocks of every size hold what they promise") {
  for (const int size : {0, 1, 255, 256, 257, 319, 320, 321, 511, 512, 513, 4095, 4096, 4097, 1 << 20}) {
    const auto bytes = static_cast<std::size_t>(size);
    auto* block = static_cast<unsigned char*>(pool_allocate(bytes));
    for (std::size_t i = 0; i < bytes; i++) block[i] = static_cast<unsigned char>(i);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    pool_free(block, bytes);
  }
  pool_free(nullptr, 0);
}

TEST_CASE("The pool does not keep blocks of ever new sizes") {
  for (Index size = 1'000'000; size < 8'000'000; size += 70'000) {
    Tensor::uninitialized({size});
    CHECK(memory_stats().bytes_pooled <= 2 * memory_stats().peak_bytes);
  }
}

TEST_CASE("An absurd size is a clear error and leaves the pool as it was") {
  const MemoryStats before = memory_stats();
  for (const std::size_t bytes : {std::size_t{1} << 47, std::size_t{1} << 62, SIZE_MAX})
    CHECK_THROWS_WITH_AS(pool_allocate(bytes), doctest::Contains("out of memory"), Error);
  CHECK_THROWS_WITH_AS(Tensor::zeros({Index{1} << 58}), doctest::Contains("try a smaller batch"), Error);
  CHECK(memory_stats().bytes_in_use == before.bytes_in_use);
  CHECK(memory_stats().peak_bytes == before.peak_bytes);
  CHECK(memory_stats().system_calls == before.system_calls);
  CHECK(Tensor::ones({3}).text() == "tensor([1., 1., 1.])");
}

TEST_CASE("Threads may take and give buffers at once") {
  const Index in_use = memory_stats().bytes_in_use;
  std::vector<std::thread> threads;
  std::atomic<bool> intact = true;
  for (int id = 0; id < 4; id++) {
    threads.emplace_back([id, &intact] {
      for (Index i = 0; i < 500; i++) {
        const Tensor t = Tensor::full({1 + i * 3 % 700}, static_cast<Scalar>(id));
        for (const Scalar value : t.values()) {
          if (value != static_cast<Scalar>(id)) intact = false;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(intact);
  CHECK(memory_stats().bytes_in_use == in_use);
}
