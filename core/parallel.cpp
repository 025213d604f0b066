#include <reel/core/parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr int kMaxThreads = 1024;

// OMP_NUM_THREADS, which numerical programs agree on, or the cores that this process may use.
int default_threads() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  const int asked = text ? std::atoi(text) : 0;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(asked > 0 ? asked : cores, 1, kMaxThreads);
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count = default_threads();
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

}  // namespace reel::inline REEL_PRECISION
