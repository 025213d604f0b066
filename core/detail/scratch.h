// Memory for the time of one call of a kernel. Internal to core.
//
// One after another, all such calls of a thread find the same block, which grows to the largest that was asked
// for. A call within another, as of an op that a user's op calls while it holds scratch memory, gets a second one,
// and so do calls of several threads at once. A block that waits for tensors serves as well, and where a tensor
// needs memory from the system, scratch memory that waits goes back to it: from the second step of a training on,
// what the step's own tensors leave is mostly enough.
#pragma once

#include <cstddef>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::detail {

struct ScratchBlock {
  void* memory = nullptr;
  std::size_t size = 0;
  bool of_tensors = false;  ///< lent by those who wait for tensors
};

/// At least `bytes` bytes, aligned to 64, contents unspecified; back in the pool at the end of its life. While
/// it lives the whole block counts as in use, then as pooled, and `release_pooled_memory` lets go of it
/// (core/memory.h). Any thread. An Error as of `pool_allocate`.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void* data() const { return block_.memory; }

 private:
  ScratchBlock block_;
};

}  // namespace reel::inline REEL_PRECISION::detail
