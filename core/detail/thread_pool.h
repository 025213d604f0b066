// The threads behind parallel_for. Internal to core.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::detail {

/// Threads that help with one loop at a time. Who calls run() takes tasks as well and waits for none but
/// those that a helper has already begun: where the helpers sleep or the machine is busy with other things,
/// the caller does all the work itself and loses nothing. A helper looks for the next loop for some
/// microseconds, then sleeps.
class ThreadPool {
 public:
  /// The pool of the program. It is never destroyed: threads may use it until the end.
  static ThreadPool& instance();
  /// Runs the tasks here where a loop is running already, in this thread or in another. Where tasks throw,
  /// those that have begun are ended, no other begins, and the exception of the first of them in order is
  /// thrown on: tasks begin in order, so that it is the same with any number of workers.
  void run(const ParallelJob& job);

 private:
  void start_helpers(int wanted);
  void help();
  void take_tasks(int worker);
  void stop(Index task, std::exception_ptr thrown);

  std::mutex caller_;  // held while a job runs
  int helpers_ = 0;
  bool may_start_ = true;
  ParallelJob job_{};
  std::mutex stopping_;  // guards the two below
  Index thrown_by_ = 0;
  std::exception_ptr thrown_;  // of the current job
  std::atomic<Index> next_task_{0};
  // Of the current job: its number, the seats left for helpers, the helpers inside. Who takes a seat may read
  // job_ until it leaves; a job is over when no seat is left and nobody is inside.
  std::atomic<std::uint64_t> state_{0};
};

}  // namespace reel::inline REEL_PRECISION::detail
