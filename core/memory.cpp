// Free blocks in lists by size class, and those of scratch memory by size, under one mutex.
#include <reel/core/memory.h>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <mutex>
#include <new>
#include <vector>

#include <fmt/format.h>

#include <reel/core/detail/scratch.h>
#include <reel/core/error.h>

#if defined(__SANITIZE_ADDRESS__)
#define REEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REEL_ASAN 1
#endif
#endif
#ifdef REEL_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace reel::inline REEL_PRECISION {
namespace {

// Blocks of at least a huge page are aligned to one: the processor finds their addresses in fewer steps.
constexpr std::size_t kBlockAlignment = 64, kHugePage = std::size_t{1} << 21;

std::align_val_t alignment_of(std::size_t size) {
  return std::align_val_t{size >= kHugePage ? kHugePage : kBlockAlignment};
}

// Sixteen size classes for each power of two: at most a sixteenth of a block is unused.
constexpr std::size_t kSmallest = 256;
// More than any machine has; the largest power of two where addresses have 32 bits.
constexpr std::size_t kLargest = std::size_t{1} << std::min(46, std::numeric_limits<std::size_t>::digits - 1);

constexpr std::size_t kSteps = 16;

constexpr std::size_t size_class(std::size_t bytes) {
  if (bytes <= kSmallest) return 0;
  const auto log = static_cast<std::size_t>(std::bit_width(bytes - 1) - 1);  // 2^log < bytes <= 2^(log+1)
  const std::size_t step = (std::size_t{1} << log) / kSteps;
  return (log - 8) * kSteps + (bytes - (std::size_t{1} << log) + step - 1) / step;  // 1..kSteps of this power
}

std::size_t class_bytes(std::size_t index) {
  if (index == 0) return kSmallest;
  const std::size_t power = std::size_t{1} << ((index - 1) / kSteps + 8);
  return power + ((index - 1) % kSteps + 1) * (power / kSteps);
}

struct Pool {
  std::mutex mutex;
  std::array<std::vector<void*>, size_class(kLargest) + 1> waiting;
  std::vector<detail::ScratchBlock> scratch;  // that waits, the smallest first
  MemoryStats stats;
};

// Never destroyed: tensors with static storage may outlive any other static object.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

void count_handed_out(MemoryStats& stats, std::size_t size) {
  stats.bytes_in_use += static_cast<Index>(size);
  stats.peak_bytes = std::max(stats.peak_bytes, stats.bytes_in_use);
}

std::atomic<Index> calls_before_failure{-1};

// Whether this call is the one that fail_allocation_after chose.
bool is_to_fail() {
  return calls_before_failure.load(std::memory_order_relaxed) >= 0 && calls_before_failure.fetch_sub(1) == 0;
}

// A block of the class from the pool; nullptr where none waits.
void* take_waiting(std::size_t index) {
  const std::lock_guard lock(pool().mutex);
  auto& blocks = pool().waiting[index];
  if (blocks.empty()) return nullptr;
  void* const block = blocks.back();
  blocks.pop_back();
  pool().stats.bytes_pooled -= static_cast<Index>(class_bytes(index));
  count_handed_out(pool().stats, class_bytes(index));
  return block;
}

// Whether with a new block of `size` the pool would hold more than twice what was ever in use at once: then
// much of it is blocks of sizes that are no longer asked for.
bool holds_too_much(std::size_t size) {
  const std::lock_guard lock(pool().mutex);
  const MemoryStats& stats = pool().stats;
  const Index in_use = stats.bytes_in_use + static_cast<Index>(size);
  return in_use + stats.bytes_pooled > 2 * std::max(stats.peak_bytes, in_use);
}

// A block from the system; nullptr where it has none.
void* new_block(std::size_t size) {
  void* const block = ::operator new(size, alignment_of(size), std::nothrow);
  if (block) {
#ifdef MADV_HUGEPAGE
    if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);  // a hint: what it answers does not matter
#endif
    const std::lock_guard lock(pool().mutex);
    pool().stats.system_calls++;
    count_handed_out(pool().stats, size);
  }
  return block;
}

// Gives free memory of the C library to the system: after a large block was freed, glibc keeps others of its size.
void trim_heap() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

// With the mutex held.
void release_waiting_scratch() {
  auto& blocks = pool().scratch;
  if (blocks.empty()) return;
  const bool is_large = blocks.back().size >= kHugePage;
  for (const auto& [memory, size, of_tensors] : blocks) {
    ::operator delete(memory, alignment_of(size));
    pool().stats.bytes_pooled -= static_cast<Index>(size);
  }
  blocks.clear();
  if (is_large) trim_heap();
}

// A new block in place of waiting scratch memory, for which blocks of tensors wait later on; and again without
// all that waits.
void* block_from_system(std::size_t size) {
  {
    const std::lock_guard lock(pool().mutex);
    release_waiting_scratch();
  }
  if (holds_too_much(size)) release_pooled_memory();
  void* const block = new_block(size);
  if (block) return block;
  release_pooled_memory();
  return new_block(size);
}

[[noreturn]] void throw_out_of_memory(std::uint64_t bytes) {
  throw Error(fmt::format(
      "out of memory: a buffer of {} bytes was asked for while {} are in use; try a smaller batch", bytes,
      memory_stats().bytes_in_use));
}

// The smallest waiting block of scratch memory that is large enough, or one of tensors that is not much larger.
detail::ScratchBlock take_waiting_scratch(std::size_t bytes) {
  {
    const std::lock_guard lock(pool().mutex);
    auto& blocks = pool().scratch;
    const auto chosen = std::ranges::lower_bound(blocks, bytes, {}, &detail::ScratchBlock::size);
    if (chosen != blocks.end()) {
      const detail::ScratchBlock block = *chosen;
      blocks.erase(chosen);
      pool().stats.bytes_pooled -= static_cast<Index>(block.size);
      count_handed_out(pool().stats, block.size);
      return block;
    }
  }
  constexpr std::size_t kFarthest = 2 * kSteps;  // four times as large
  const std::size_t index = size_class(bytes), end = std::min(index + kFarthest, size_class(kLargest)) + 1;
  for (std::size_t i = index; i < end; i++) {
    if (void* const block = take_waiting(i)) return {block, class_bytes(i), true};
  }
  return {};
}

}  // namespace

MemoryStats memory_stats() {
  const std::lock_guard lock(pool().mutex);
  return pool().stats;
}

void detail::fail_allocation_after(Index calls) { calls_before_failure = calls; }

void release_pooled_memory() {
  const std::lock_guard lock(pool().mutex);
  for (std::size_t index = 0; index < pool().waiting.size(); index++) {
    auto& blocks = pool().waiting[index];
    for (void* block : blocks) ::operator delete(block, alignment_of(class_bytes(index)));
    blocks.clear();
  }
  release_waiting_scratch();
  pool().stats.bytes_pooled = 0;
}

void* pool_allocate(std::uint64_t bytes) {
  void* block = nullptr;
  if (bytes <= kLargest && !is_to_fail()) {
    const std::size_t index = size_class(static_cast<std::size_t>(bytes));
    block = take_waiting(index);
    if (!block) block = block_from_system(class_bytes(index));
  }
  if (!block) throw_out_of_memory(bytes);
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  return block;
}

void pool_free(void* block, std::size_t bytes) noexcept {
  if (!block) return;
  const std::size_t index = size_class(static_cast<std::size_t>(bytes)), size = class_bytes(index);
  ASAN_POISON_MEMORY_REGION(block, size);
  const std::lock_guard lock(pool().mutex);
  MemoryStats& stats = pool().stats;
  stats.bytes_in_use -= static_cast<Index>(size);
  try {
    pool().waiting[index].push_back(block);
    stats.bytes_pooled += static_cast<Index>(size);
  } catch (...) {  // no memory even for the list: give the block back
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    ::operator delete(block, alignment_of(size));
  }
}

detail::Scratch::Scratch(std::size_t bytes) {
  if (bytes <= kLargest && !is_to_fail()) {
    block_ = take_waiting_scratch(bytes);
    if (!block_.memory) {
      const std::size_t size = class_bytes(size_class(bytes));
      block_ = {block_from_system(size), size, false};
    }
  }
  if (!block_.memory) throw_out_of_memory(bytes);
  ASAN_UNPOISON_MEMORY_REGION(block_.memory, bytes);
}

detail::Scratch::~Scratch() {
  if (block_.of_tensors) {
    pool_free(block_.memory, block_.size);
    return;
  }
  ASAN_POISON_MEMORY_REGION(block_.memory, block_.size);
  const std::lock_guard lock(pool().mutex);
  MemoryStats& stats = pool().stats;
  stats.bytes_in_use -= static_cast<Index>(block_.size);
  auto& blocks = pool().scratch;
  try {
    blocks.insert(std::ranges::upper_bound(blocks, block_.size, {}, &ScratchBlock::size), block_);
    stats.bytes_pooled += static_cast<Index>(block_.size);
  } catch (...) {  // as in pool_free
    ASAN_UNPOISON_MEMORY_REGION(block_.memory, block_.size);
    ::operator delete(block_.memory, alignment_of(block_.size));
  }
}

}  // namespace reel::inline REEL_PRECISION
