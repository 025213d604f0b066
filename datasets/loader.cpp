#include <reel/datasets/loader.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>
#include <reel/core/random.h>
#include <reel/datasets/detail/mixup.h>

namespace reel::inline REEL_PRECISION {

/// Makes batches first, first + 1, ... last - 1 on a thread, at most `depth` ahead of those taken.
class Loader::Prefetcher {
 public:
  Prefetcher(std::function<Batch(Index)> make, Index first, Index last, Index depth)
      : make_(std::move(make)),
        depth_(static_cast<std::size_t>(depth)),
        thread_([=, this] { run(first, last); }) {}

  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// The next batch, in order; an exception that making it threw.
  Batch take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || failure_; });
    if (ready_.empty()) std::rethrow_exception(std::exchange(failure_, nullptr));
    Batch batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return batch;
  }

 private:
  void run(Index first, Index last) {
    try {
      for (Index i = first; i < last && wait_for_room(); i++) put(make_(i));
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || ready_.size() < depth_; });
    return !stop_;
  }

  void put(Batch batch) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(batch));
    changed_.notify_all();
  }

  std::function<Batch(Index)> make_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses the others
};

namespace {

// Of an image's random numbers; transforms draw from others.
constexpr std::uint64_t kMixupStream = std::numeric_limits<std::uint64_t>::max();

// The transform is tried once on a blank image: what it makes of the shape, and whether it fits at all.
Shape transformed_shape(const std::string& label, const Dataset& dataset, const LoaderOptions& options) {
  Image image{dataset.sample_shape(), {}};
  if (!options.transform) return image.shape;
  image.pixels.resize(static_cast<std::size_t>(image.shape.numel()));
  options.transform(image, RandomStream(*options.seed, 0));
  if (image.shape.dim() != 3 || image.shape.numel() != std::ssize(image.pixels)) {
    throw ShapeError(
        fmt::format("{}: the transform leaves an image of shape {} with {} pixels, [C,H,W] and C*H*W of them "
                    "are expected",
                    label, image.shape, image.pixels.size()));
  }
  return image.shape;
}

const Dataset& checked(Located<const Dataset&> located, const LoaderOptions& options) {
  const Dataset& dataset = located;
  const OptionCheck check("Loader", located.where);
  check.count("batch", options.batch, 1);
  check.count("prefetch", options.prefetch, 0);
  check.non_negative("mixup", options.mixup);
  check.require(options.mixup == 0 || !dataset.class_names().empty(),
                "mixup needs a data set with class names, one for each label");
  check.require(dataset.size() >= 1, "the data set is empty");
  check.require<ShapeError>(dataset.sample_shape().dim() == 3,
                            "images of the data set have shape {}, [C,H,W] is expected",
                            dataset.sample_shape());
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
      sample_shape_(transformed_shape(label_, dataset, options_)) {}

Loader::~Loader() = default;

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
  try {
    order_.resize(static_cast<std::size_t>(dataset_.size()));
  } catch (const std::exception&) {  // bad_alloc or length_error
    throw Error(
        fmt::format("{}: the order of {} samples does not fit into memory; use a part of the data set",
                    label_, dataset_.size()));
  }
  std::iota(order_.begin(), order_.end(), Index{0});
  if (options_.shuffle) {  // Fisher-Yates
    const RandomStream random = random_of_epoch().substream(0);
    for (std::size_t i = order_.size() - 1; i > 0; i--) {
      std::swap(order_[i], order_[static_cast<std::size_t>(random.below(i, i + 1))]);
    }
  }
  in_progress_ = true;
  if (options_.prefetch > 0) prefetch();
}

void Loader::prefetch() {
  const auto make_batch = [this](Index batch) { return make(batch); };
  try {
    prefetcher_ = std::make_unique<Prefetcher>(make_batch, position_, batches_, options_.prefetch);
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
  throw Error(
      fmt::format("{}: a loop goes on that another loop, set_epoch() or load_state() has ended; a loop "
                  "within a loop needs a Loader of its own",
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

// Reads what does not change while the thread runs: position_ and current_ are the loop's own.
Batch Loader::make(Index batch) const {
  const Index first = batch * options_.batch, count = std::min(options_.batch, dataset_.size() - first);
  const Shape& s = sample_shape_;
  Batch result{Tensor::uninitialized({count, s[0], s[1], s[2]}), {}};
  const auto classes = dataset_.class_names().size();
  if (options_.mixup > 0) result.probabilities = Tensor::zeros({count, static_cast<Index>(classes)});
  result.labels.reserve(static_cast<std::size_t>(count));
  const auto pixels = static_cast<std::size_t>(s.numel());
  const RandomStream random_of_loop = random_of_epoch();
  Image scratch;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); i++) {
    const Index sample = order_[static_cast<std::size_t>(first) + i];
    const RandomStream random = random_of_loop.substream(static_cast<std::uint64_t>(sample) + 1);
    const auto image = result.images.mutable_values().subspan(i * pixels, pixels);
    result.labels.push_back(dataset_.label(sample));
    make_image(sample, random, image, scratch);
    if (options_.mixup > 0)
      mix(sample, random.substream(kMixupStream), image,
          result.probabilities.mutable_values().subspan(i * classes, classes), scratch);
  }
  return result;
}

void Loader::make_image(Index sample, const RandomStream& random, std::span<Scalar> pixels,
                        Image& scratch) const {
  if (!options_.transform) return dataset_.read(sample, pixels);
  scratch.shape = dataset_.sample_shape();
  scratch.pixels.resize(static_cast<std::size_t>(scratch.shape.numel()));
  dataset_.read(sample, scratch.pixels);
  options_.transform(scratch, random);
  if (scratch.shape != sample_shape_ || scratch.pixels.size() != pixels.size()) {
    throw ShapeError(
        fmt::format("{}: the transform makes shape {} with {} pixels of image {}, others have {}", label_,
                    scratch.shape, scratch.pixels.size(), sample, sample_shape_));
  }
  std::ranges::copy(scratch.pixels, pixels.begin());
}

// Into an image that is made already.
void Loader::mix(Index sample, const RandomStream& random, std::span<Scalar> pixels,
                 std::span<Scalar> probabilities, Image& scratch) const {
  const auto other = static_cast<Index>(random.below(0, static_cast<std::uint64_t>(dataset_.size())));
  const auto share = static_cast<Scalar>(mixup_share(options_.mixup, random.substream(0)));
  std::vector<Scalar> other_pixels(pixels.size());
  make_image(other, random.substream(1), other_pixels, scratch);
  for (std::size_t i = 0; i < pixels.size(); i++) {
    pixels[i] = share * pixels[i] + (1 - share) * other_pixels[i];
  }
  const auto add = [&](int label, Scalar probability) {
    if (label < 0 || label >= std::ssize(probabilities)) {
      throw Error(
          fmt::format("{}: mixup needs labels below the number of class names, {}; an image has label {}",
                      label_, probabilities.size(), label));
    }
    probabilities[static_cast<std::size_t>(label)] += probability;
  };
  add(dataset_.label(sample), share);
  add(dataset_.label(other), 1 - share);
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
