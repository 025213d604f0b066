#include <reel/datasets/detail/prefetcher.h>

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <utility>

namespace reel::inline REEL_PRECISION::detail {

Prefetcher::Prefetcher(std::function<Batch(Index)> make, Index first, Index last, Index depth, Index workers)
    : make_(std::move(make)), next_(first), last_(last), depth_(static_cast<std::size_t>(depth)) {
  const auto wanted = static_cast<std::size_t>(std::min(workers, last - first));
  threads_.reserve(wanted);
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {
    if (threads_.empty()) throw;
  } catch (...) {
    end_threads();
    throw;
  }
}

Prefetcher::~Prefetcher() { end_threads(); }

void Prefetcher::end_threads() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Batch Prefetcher::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !slots_.empty() && slots_.front().done(); });
  if (slots_.front().failure) std::rethrow_exception(slots_.front().failure);
  Batch batch = *std::move(slots_.front().batch);
  slots_.pop_front();
  changed_.notify_all();
  return batch;
}

void Prefetcher::run() {
  while (const std::optional<Index> batch = begin_next()) {
    try {
      end(*batch, {.batch = make_(*batch)});
    } catch (...) {
      end(*batch, {.failure = std::current_exception()});
    }
  }
}

// Waits for room; nothing where no batch is left.
std::optional<Index> Prefetcher::begin_next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop_ || next_ == last_ || slots_.size() < depth_; });
  if (stop_ || next_ == last_) return {};
  slots_.emplace_back();
  return next_++;
}

void Prefetcher::end(Index batch, Slot slot) {
  const std::lock_guard lock(mutex_);
  if (slot.failure) stop_ = true;
  slots_[slots_.size() - static_cast<std::size_t>(next_ - batch)] = std::move(slot);
  changed_.notify_all();
}

}  // namespace reel::inline REEL_PRECISION::detail
