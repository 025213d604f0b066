// Helpers take tasks from one counter; the caller takes some, too, and waits for those that have begun.
#include <reel/core/detail/thread_pool.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace reel::inline REEL_PRECISION::detail {
namespace {

constexpr std::uint64_t kInside = 1, kSeat = std::uint64_t{1} << 16, kJob = std::uint64_t{1} << 32;
constexpr std::uint64_t kInsideMask = kSeat - 1, kSeatMask = (kJob - 1) & ~kInsideMask;
constexpr int kSpins = 4000;  // some twenty to a hundred microseconds

thread_local bool in_job = false;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#else
  std::this_thread::yield();
#endif
}

}  // namespace

ThreadPool& ThreadPool::instance() {
  static ThreadPool* const pool = new ThreadPool;
  return *pool;
}

void run_parallel(const ParallelJob& job) { ThreadPool::instance().run(job); }

void ThreadPool::run(const ParallelJob& job) {
  const auto helpers = static_cast<int>(std::min<Index>(job.workers, job.tasks)) - 1;
  if (helpers < 1 || in_job || !caller_.try_lock()) {
    for (Index task = 0; task < job.tasks; task++) job.run(job.context, task, 0);
    return;
  }
  const std::lock_guard lock(caller_, std::adopt_lock);
  start_helpers(helpers);
  job_ = job;
  next_task_.store(0, std::memory_order_relaxed);
  const std::uint64_t number = state_.load(std::memory_order_relaxed) / kJob + 1;
  state_.store(number * kJob + static_cast<std::uint64_t>(helpers) * kSeat, std::memory_order_release);
  state_.notify_all();
  take_tasks(0);
  state_.fetch_and(~kSeatMask, std::memory_order_relaxed);
  for (int spins = 0; state_.load(std::memory_order_acquire) & kInsideMask; spins++) {
    spins < kSpins ? pause() : std::this_thread::yield();
  }
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

// A helper that cannot be started is done without.
void ThreadPool::start_helpers(int wanted) {
  try {
    for (; may_start_ && helpers_ < wanted; helpers_++) std::thread([this] { help(); }).detach();
  } catch (const std::system_error&) {
    may_start_ = false;
  }
}

void ThreadPool::help() {
  std::uint64_t last = 0;
  for (int spins = 0;; spins++) {
    std::uint64_t state = state_.load(std::memory_order_relaxed);
    const std::uint64_t seats = (state & kSeatMask) / kSeat;
    if (seats == 0 || state / kJob == last) {
      spins < kSpins ? pause() : state_.wait(state, std::memory_order_relaxed);
    } else if (state_.compare_exchange_weak(state, state - kSeat + kInside, std::memory_order_acquire)) {
      last = state / kJob;
      take_tasks(static_cast<int>(seats));
      state_.fetch_sub(kInside, std::memory_order_release);
      spins = 0;
    }
  }
}

void ThreadPool::take_tasks(int worker) {
  in_job = true;
  for (;;) {
    const Index task = next_task_.fetch_add(1, std::memory_order_relaxed);
    if (task >= job_.tasks) break;
    try {
      job_.run(job_.context, task, worker);
    } catch (...) {
      stop(task, std::current_exception());
    }
  }
  in_job = false;
}

void ThreadPool::stop(Index task, std::exception_ptr thrown) {
  const std::lock_guard lock(stopping_);
  next_task_.store(job_.tasks, std::memory_order_relaxed);
  if (thrown_ && thrown_by_ < task) return;
  thrown_by_ = task;
  thrown_ = std::move(thrown);
}

}  // namespace reel::inline REEL_PRECISION::detail
