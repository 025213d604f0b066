// Buffers for tensors, handed back to a pool instead of to the system.
//
// A training step asks for the same sizes again and again. The C library gives large freed blocks back to the
// kernel, and the page faults of getting them again cost 10-40% of a step; the pool keeps them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Bytes and calls since the start of the program (counts) or now (sizes).
struct MemoryStats {
  Index system_calls = 0;  ///< blocks that had to come from the system; constant in a steady training step
  Index bytes_in_use = 0;  ///< bytes of blocks that are handed out
  Index bytes_pooled = 0;  ///< bytes of blocks that wait in the pool
  Index peak_bytes = 0;    ///< the largest bytes_in_use so far
};

MemoryStats memory_stats();
/// Gives every waiting block back to the system.
void release_pooled_memory();

/// A block of at least `bytes` bytes, aligned to 64, contents unspecified. Any thread. An Error where the
/// system has no memory left, or no addresses for so much.
void* pool_allocate(std::uint64_t bytes);
/// Gives a block of `pool_allocate` back; `bytes` as asked for then. nullptr is ignored.
void pool_free(void* block, std::size_t bytes) noexcept;

namespace detail {

/// For tests: the call of `pool_allocate`, or for a `Scratch`, after `calls` more fails as if the system had no
/// memory left. A negative number, as at first: none does.
void fail_allocation_after(Index calls);

}  // namespace detail

}  // namespace reel::inline REEL_PRECISION
