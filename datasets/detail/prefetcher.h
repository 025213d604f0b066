// Batches that are made ahead of the loop. Internal to datasets.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <reel/datasets/batch.h>

namespace reel::inline REEL_PRECISION::detail {

/// Makes batches first, first + 1, ... last - 1 on threads, each batch on one of them.
class Prefetcher {
 public:
  /// On `workers` threads, or as many as the system gives; a std::system_error where it gives none. No more than
  /// `depth` batches are begun that were not taken.
  Prefetcher(std::function<Batch(Index)> make, Index first, Index last, Index depth, Index workers);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The next batch, in order; or the exception that making it threw, after which there are no more.
  Batch take();

 private:
  // What has become of a batch; nothing yet, at first.
  struct Slot {
    std::optional<Batch> batch = {};
    std::exception_ptr failure = {};
  };

  void run();
  void end_threads();
  std::optional<Index> begin_next();
  void end(Index batch, Slot slot);
  Slot& slot_of(Index batch);

  std::function<Batch(Index)> make_;
  Index taken_, next_, last_;  // to be taken; to be begun; behind the last
  std::mutex mutex_;
  std::condition_variable changed_;
  // Of the batches from taken_ to next_, in turn: a thread that begins one needs no memory.
  std::vector<Slot> slots_;
  bool stop_ = false;  // nothing more is to be begun
  std::vector<std::thread> threads_;
};

}  // namespace reel::inline REEL_PRECISION::detail
