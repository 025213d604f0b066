#include <reel/datasets/detail/prefetcher.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <system_error>
#include <utility>

namespace reel::inline REEL_PRECISION::detail {

Prefetcher::Prefetcher(std::function<Batch(Index)> make, Index first, Index last, Index depth, Index workers)
    : make_(std::move(make)),
      taken_(first),
      next_(first),
      last_(last),
      slots_(static_cast<std::size_t>(std::min(depth, last - first))) {
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
  Slot& slot = slot_of(taken_);
  changed_.wait(lock, [&] { return slot.batch || slot.failure; });
  if (slot.failure) std::rethrow_exception(slot.failure);
  Batch batch = *std::exchange(slot.batch, std::nullopt);
  taken_++;
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
  changed_.wait(lock, [&] { return stop_ || next_ == last_ || next_ - taken_ < std::ssize(slots_); });
  if (stop_ || next_ == last_) return {};
  return next_++;
}

void Prefetcher::end(Index batch, Slot slot) {
  const std::lock_guard lock(mutex_);
  if (slot.failure) stop_ = true;
  slot_of(batch) = std::move(slot);
  changed_.notify_all();
}

Prefetcher::Slot& Prefetcher::slot_of(Index batch) {
  return slots_[static_cast<std::size_t>(batch) % slots_.size()];
}

}  // namespace reel::inline REEL_PRECISION::detail
