#include <reel/core/parallel.h>

#include <atomic>

#include <fmt/format.h>
#include <omp.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr int kMaxThreads = 1024;  // where OpenMP cannot start a thread it ends the program

std::atomic<int>& thread_count() {
  static std::atomic<int> count = std::min(omp_get_max_threads(), kMaxThreads);
  return count;
}

}  // namespace

int num_threads() { return thread_count(); }

void set_num_threads(int n) {
  if (n < 1 || n > kMaxThreads) {
    throw Error(fmt::format("set_num_threads: {} threads asked for, 1 to {} are wanted", n, kMaxThreads));
  }
  thread_count() = n;
}

namespace detail {

void parallel_chunks(Index chunks, int most, void (*run)(void*, Index, int), void* context) {
  const int threads = static_cast<int>(std::min<Index>(most, chunks));
  if (threads <= 1 || omp_in_parallel()) {
    for (Index chunk = 0; chunk < chunks; chunk++) run(context, chunk, 0);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(threads)
  for (Index chunk = 0; chunk < chunks; chunk++) run(context, chunk, omp_get_thread_num());
}

}  // namespace detail

}  // namespace reel::inline REEL_PRECISION
