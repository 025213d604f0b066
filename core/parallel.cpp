// How many threads there are: as many as usable cores, or as the user says.
#include <reel/core/parallel.h>

#ifdef __linux__
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr int kMaxThreads = 1024;

// The cores that this process may use: those of the machine, unless taskset or a container leaves it fewer.
long usable_cores() {
#ifdef __linux__
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
#endif
  return std::thread::hardware_concurrency();
}

// OMP_NUM_THREADS, which numerical programs agree on, or all cores.
int default_threads() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  const long asked = text ? std::strtol(text, nullptr, 10) : 0;
  return static_cast<int>(std::clamp<long>(asked > 0 ? asked : usable_cores(), 1, kMaxThreads));
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
