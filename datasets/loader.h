// Batches of a data set, in a seeded order, made ahead of the loop by threads of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/random.h>
#include <reel/core/shape.h>
#include <reel/datasets/batch.h>
#include <reel/datasets/dataset.h>
#include <reel/datasets/transform.h>

namespace reel::inline REEL_PRECISION {

namespace detail {

class Collator;
class Prefetcher;

}  // namespace detail

struct LoaderOptions {
  Index batch = 64;      ///< samples in a batch, 1 or more
  bool shuffle = false;  ///< another order in each epoch; otherwise the data set's
  /// Of the order and of the transform's random numbers; where not given, that of the program's generator, as
  /// reel::seed(n) set it before the Loader was made.
  std::optional<std::uint64_t> seed = {};
  /// What to do with the first input of each sample, an image [C,H,W] or [H,W]; nothing where empty.
  Transform transform = {};
  /// The same with the target, such as a mask [H,W]. It gets the random numbers that `transform` gets: a flip
  /// or a crop that stands at the same place of a compose() in both moves the mask as it moves the image.
  Transform target_transform = {};
  /// Batches made ahead of the loop, as many as there are workers at least; 0: none ahead, no thread.
  Index prefetch = 2;
  Index workers = 1;       ///< threads that make batches ahead, several at once; 1 to 1024
  bool drop_last = false;  ///< leave out the last batch of an epoch where it is smaller
  /// Above 0: each image x becomes s x + (1 - s) x', x' another one drawn at random and s of
  /// Beta(mixup, mixup); what to expect is in Batch::probabilities. Zhang et al., arXiv:1710.09412.
  double mixup = 0;
};

/// Each loop over a Loader is the next epoch:
///   for (const auto& [images, labels] : train) ...
/// The order and every number depend on (seed, epoch) alone, not on the threads. A sample with other shapes
/// than sample 0 is a ShapeError; an Error one with another number of inputs, with a target or a label where
/// that has none or the reverse, or with a label that is no index into the class names, where there are any.
/// These, and exceptions of the data set or a transform, come out of the loop at their batch and name the
/// sample; a std::exception that is no Error becomes one. A loop may be left at any time. One loop at a time:
/// one that goes on after another was begun, or after set_epoch(), set_shards(), go_back() or load_state(), is
/// an Error; and so are those five while a loop of another thread goes on, which stays as it is; epoch() and
/// position() are for the loop's thread alone. Where the system has no thread left for the loader, each batch
/// is made when the loop comes to it.
class Loader : public Stateful {
 public:
  /// The data set must outlive the loader; a Loader cannot be moved. Sample 0 is read. Wrong options or an
  /// empty data set are an Error; a transform that does not fit the images is a ShapeError.
  explicit Loader(Located<const Dataset&> dataset, LoaderOptions options = {});
  Loader(Dataset&&, LoaderOptions = {}) = delete;
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Batches in an epoch.
  Index size() const { return batches_; }
  const Dataset& dataset() const { return dataset_; }
  /// As they were given; the seed, where none was, the one that it took.
  const LoaderOptions& options() const { return options_; }
  /// Of the first input of a sample, after the transform: [C,H,W] of an image.
  const Shape& sample_shape() const;

  /// The number, from 0, of the epoch in progress, or of the next one where none is.
  Index epoch() const { return epoch_; }
  /// Batches of the epoch in progress that were given out: size() within the loop's last round, 0 where no
  /// epoch is in progress.
  Index position() const { return position_; }
  /// Makes `epoch` the next one and ends a loop in progress. Below 0 or above 2^53 is an Error.
  void set_epoch(Index epoch);
  /// Of the batches of the epoch in progress that were given out, the last so many count as not given out: the next
  /// loop begins with them, and a state() has it so. Where a step of them has failed, this is how a checkpoint is of
  /// before the step. It ends a loop in progress; below 1 or above position() is an Error.
  void go_back(Index batches);

  /// The loop of a thread; it goes on as long as an iterator of it lives.
  struct Loop {
    std::thread::id thread;
    bool finished = false;
  };

  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    const Batch& operator*() const { return *operator->(); }
    const Batch* operator->() const { return &loader_->current(loop_); }
    Iterator& operator++() {
      loader_->next(loop_);
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return loop_->finished; }

   private:
    friend class Loader;
    Iterator(Loader* loader, std::shared_ptr<Loop> loop) : loader_(loader), loop_(std::move(loop)) {}
    Loader* loader_;
    std::shared_ptr<Loop> loop_;
  };

  /// From the next loop on, of each batch only its shards first, ..., last - 1 of `shards` are made and given out: see
  /// shard_rows(). What they hold is what the whole batch holds there. Other than 0 <= first < last <= shards is an
  /// Error. It ends a loop in progress.
  void set_shards(Index shards, Index first, Index last);

  /// Starts the next epoch; the first time after load_state() it goes on with the batch after the last one
  /// that was given out when the state was taken.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  /// Where the loop stands, for a checkpoint: seed, epoch and batches given out. Loading it ends a loop in
  /// progress; that of a loader with another batch size or number of samples is a FormatError.
  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  void check_no_other_thread() const;
  void set_next_epoch(Index epoch);
  void start();     // of the batches from position_ on
  void prefetch();  // on threads, where there are any
  void stop();      // joins the threads
  void advance();   // to the next batch, or the end of the epoch
  void check_loop(const std::shared_ptr<Loop>& loop) const;
  const Batch& current(const std::shared_ptr<Loop>& loop) const;
  void next(const std::shared_ptr<Loop>& loop);
  Batch make(Index batch) const;
  RandomStream random_of_epoch() const;

  std::string label_;  // "Loader (train.cpp:12)", the head of messages
  const Dataset& dataset_;
  LoaderOptions options_;
  Index batches_;
  Index shards_ = 1, first_shard_ = 0, last_shard_ = 1;  // of each batch, those that are given out
  std::unique_ptr<const detail::Collator> collator_;

  mutable std::mutex mutex_;  // of what follows; the prefetching threads read the loop's part of it
  std::weak_ptr<Loop> loop_;  // which may go on; others may not
  Index epoch_ = 0;
  Index position_ = 0;        // batches of the epoch given out
  bool in_progress_ = false;  // a loop has begun the epoch and not reached its end
  std::vector<Index> order_;
  Batch current_;
  std::unique_ptr<detail::Prefetcher> prefetcher_;
};

}  // namespace reel::inline REEL_PRECISION
