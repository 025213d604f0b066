#include <reel/datasets/loader.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>
#include <reel/core/random.h>
#include <reel/datasets/detail/loader_collator.h>
#include <reel/datasets/detail/prefetcher.h>
#include <reel/datasets/detail/sample_order.h>

namespace reel::inline REEL_PRECISION {

namespace {

constexpr Index kMaxWorkers = 1024;

const Dataset& checked(Located<const Dataset&> located, const LoaderOptions& options) {
  const Dataset& dataset = located;
  const OptionCheck check("Loader", located.where);
  check.count("batch", options.batch, 1);
  check.count("prefetch", options.prefetch, 0);
  check.count("workers", options.workers, 1, kMaxWorkers);
  check.require(options.prefetch > 0 || options.workers == 1,
                "{} workers make batches ahead, a prefetch of 0 leaves none; take a prefetch of 1 or more",
                options.workers);
  check.non_negative("mixup", options.mixup);
  check.require(options.mixup == 0 || !dataset.class_names().empty(),
                "mixup needs a data set with class names, one for each label");
  check.require(dataset.size() >= 1, "the data set is empty");
  check.require(!options.drop_last || dataset.size() >= options.batch,
                "drop_last leaves no batch of {} from {} samples; use a smaller batch", options.batch,
                dataset.size());
  return dataset;
}

LoaderOptions with_seed(LoaderOptions options) {
  if (!options.seed) options.seed = generator_state().seed;
  return options;
}

}  // namespace

Loader::Loader(Located<const Dataset&> dataset, LoaderOptions options)
    : label_(OptionCheck("Loader", dataset.where).label()),
      dataset_(checked(dataset, options)),
      options_(with_seed(std::move(options))),
      batches_(options_.drop_last ? dataset_.size() / options_.batch
                                  : (dataset_.size() - 1) / options_.batch + 1),
      collator_(std::make_unique<detail::Collator>(label_, dataset_, options_)) {}

Loader::~Loader() = default;

const Shape& Loader::sample_shape() const { return collator_->sample_shape(); }

// Before anything changes: the other thread reads batches of this loader.
void Loader::check_no_other_thread() const {
  const std::shared_ptr<Loop> loop = loop_.lock();
  if (!loop || loop->finished || loop->thread == std::this_thread::get_id()) return;
  throw Error(
      fmt::format("{}: a loop of another thread goes on; each thread needs a Loader of its own", label_));
}

void Loader::set_epoch(Index epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch < 0 || epoch > kMaxCount)
    throw Error(fmt::format("{}: epoch is {}, 0 to {} is expected", label_, epoch, kMaxCount));
  check_no_other_thread();
  set_next_epoch(epoch);
}

void Loader::go_back(Index batches) {
  const std::lock_guard lock(mutex_);
  if (batches < 1 || batches > position_) {
    throw Error(fmt::format("{}: {} batches back are asked for, 1 to position(), which is {}, are expected",
                            label_, batches, position_));
  }
  check_no_other_thread();
  const Index position = position_ - batches;
  set_next_epoch(epoch_);
  position_ = position;
}

void Loader::set_shards(Index shards, Index first, Index last) {
  const std::lock_guard lock(mutex_);
  if (!(0 <= first && first < last && last <= shards)) {
    throw Error(fmt::format("{}: shards {} to {} of {} are asked for, some of 0 to {} are expected", label_,
                            first, last - 1, shards, shards - 1));
  }
  check_no_other_thread();
  stop();
  loop_.reset();
  shards_ = shards;
  first_shard_ = first;
  last_shard_ = last;
}

void Loader::set_next_epoch(Index epoch) {
  stop();
  loop_.reset();
  epoch_ = epoch;
  position_ = 0;
  in_progress_ = false;
}

Loader::Iterator Loader::begin() {
  const std::lock_guard lock(mutex_);
  check_no_other_thread();
  if (in_progress_) set_next_epoch(epoch_ + 1);
  start();
  const auto loop = std::make_shared<Loop>(Loop{.thread = std::this_thread::get_id()});
  loop_ = loop;
  advance();
  return {this, loop};
}

void Loader::start() {
  stop();
  order_ = detail::sample_order(label_, dataset_.size());
  if (options_.shuffle) detail::shuffle(order_, random_of_epoch().substream(0));
  in_progress_ = true;
  if (options_.prefetch > 0) prefetch();
}

void Loader::prefetch() {
  const auto make_batch = [this](Index batch) { return make(batch); };
  try {
    prefetcher_ = std::make_unique<detail::Prefetcher>(
        make_batch, position_, batches_, std::max(options_.prefetch, options_.workers), options_.workers);
  } catch (const std::system_error&) {  // no thread can be made: advance() makes the batches
  }
}

void Loader::stop() {
  prefetcher_.reset();
  current_ = {};
}

void Loader::advance() {
  current_ = {};  // first, so that its buffer serves the next one
  if (position_ == batches_) {
    loop_.lock()->finished = true;
    return set_next_epoch(epoch_ + 1);
  }
  try {
    current_ = prefetcher_ ? prefetcher_->take() : make(position_);
  } catch (...) {
    stop();
    throw;
  }
  position_++;
}

void Loader::check_loop(const std::shared_ptr<Loop>& loop) const {
  if (loop == loop_.lock()) return;
  throw Error(fmt::format(
      "{}: a loop goes on that another loop, set_epoch(), set_shards(), go_back() or load_state() "
      "has ended; a loop within a loop needs a Loader of its own",
      label_));
}

const Batch& Loader::current(const std::shared_ptr<Loop>& loop) const {
  const std::lock_guard lock(mutex_);
  check_loop(loop);
  return current_;
}

void Loader::next(const std::shared_ptr<Loop>& loop) {
  const std::lock_guard lock(mutex_);
  check_loop(loop);
  advance();
}

RandomStream Loader::random_of_epoch() const { return {*options_.seed, static_cast<std::uint64_t>(epoch_)}; }

// Reads what does not change while the threads run: position_ and current_ are the loop's own.
Batch Loader::make(Index batch) const {
  const Index first = batch * options_.batch, count = std::min(options_.batch, dataset_.size() - first);
  const Index begin = shard_rows(count, shards_, first_shard_).begin,
              end = shard_rows(count, shards_, last_shard_ - 1).end;
  const std::span samples(order_);
  Batch result = collator_->collate(
      samples.subspan(static_cast<std::size_t>(first + begin), static_cast<std::size_t>(end - begin)),
      random_of_epoch());
  if (shards_ > 1) {
    result.whole = count;
    result.before = begin;
  }
  return result;
}

State Loader::state() const {
  const std::lock_guard lock(mutex_);
  const bool done = position_ == batches_;  // the loop has the last batch: the next one is of another epoch
  State state;
  state.integers = {{"seed", static_cast<std::int64_t>(*options_.seed)},
                    {"epoch", done ? epoch_ + 1 : epoch_},
                    {"batches_given", done ? 0 : position_},
                    {"batch", options_.batch},
                    {"samples", dataset_.size()}};
  return state;
}

std::function<void()> Loader::prepare_load(const State& state) {
  const std::string what = label_ + ": the state";
  check_state(this->state(), state, what);
  const auto seed = static_cast<std::uint64_t>(state.integers.at("seed"));
  const Index epoch = state.integers.at("epoch"), position = state.integers.at("batches_given");
  const Index batch = state.integers.at("batch"), samples = state.integers.at("samples");
  if (batch != options_.batch || samples != dataset_.size()) {
    throw FormatError(fmt::format("{} is of {} samples in batches of {}, this loader has {} in batches of {}",
                                  what, samples, batch, dataset_.size(), options_.batch));
  }
  check_read_count(what, "epoch", epoch);
  if (position < 0 || position >= batches_) {
    throw FormatError(fmt::format("{} stands at epoch {}, batch {} of {}", what, epoch, position, batches_));
  }
  const std::lock_guard lock(mutex_);
  check_no_other_thread();
  return [=, this] {
    const std::lock_guard lock_again(mutex_);
    set_next_epoch(epoch);
    options_.seed = seed;
    position_ = position;
  };
}

}  // namespace reel::inline REEL_PRECISION
