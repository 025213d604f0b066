#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/detail/prefetcher.h>
#include <reel/datasets/loader.h>

#include "datasets/loader_support.h"
#include "failing_new.h"

using namespace reel;
using reel_test::add_noise, reel_test::append, reel_test::CountingImages, reel_test::Epoch;
using reel_test::first_n, reel_test::flat, reel_test::read_epoch;

namespace {

// Images that wait until `together` of them are read at once, if only for a time.
class MeetingImages : public CountingImages {
 public:
  explicit MeetingImages(Index size, int together) : CountingImages(size), together_(together) {}
  void read(Index i, std::span<Scalar> pixels) const override {
    CountingImages::read(i, pixels);
    std::unique_lock lock(mutex_);
    if (!meets) return;
    inside_++;
    changed_.notify_all();
    met = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return inside_ >= together_; });
  }

  bool meets = false;
  mutable bool met = false;

 private:
  int together_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int inside_ = 0;
};

}  // namespace

TEST_CASE("A Loader gives the same bits with any number of workers, however many batches are ahead") {
  const CountingImages data(103);
  const auto epochs = [&](Index prefetch, Index workers) {
    Loader loader(data, {.batch = 4,
                         .shuffle = true,
                         .seed = 3,
                         .transform = add_noise,
                         .prefetch = prefetch,
                         .workers = workers});
    std::vector<Epoch> all;
    for (int i = 0; i < 3; i++) all.push_back(read_epoch(loader));
    return all;
  };
  const std::vector<Epoch> expected = epochs(0, 1);
  for (const Index workers : {1, 2, 4, 40}) {
    for (const Index prefetch : {1, 3, 50}) CHECK(epochs(prefetch, workers) == expected);
  }
}

TEST_CASE("Workers make batches at once, each a batch of its own") {
  MeetingImages data(9, 3);
  Loader loader(data, {.batch = 3, .prefetch = 1, .workers = 3});
  data.meets = true;
  CHECK(flat(read_epoch(loader)) == first_n(9));
  CHECK(data.met);
}

TEST_CASE("A Loader has a batch ahead for each worker") {
  const CountingImages data(100);
  Loader loader(data, {.batch = 5, .prefetch = 1, .workers = 4});
  data.reads = 0;
  for ([[maybe_unused]] const auto& batch : loader) {
    for (int reads; (reads = data.reads) < 5 * (1 + 4);) data.reads.wait(reads);
    break;
  }
  CHECK(data.reads == 5 * (1 + 4));
}

TEST_CASE("An exception comes at its batch whichever worker meets it, and in the next epoch again") {
  const CountingImages data(40, 23);
  for (const Index workers : {2, 4, 8}) {
    Loader loader(data, {.batch = 2, .prefetch = 5, .workers = workers});
    for (int epoch = 0; epoch < 2; epoch++) {
      std::vector<int> seen;
      const auto loop = [&] {
        for (const auto& [images, labels] : loader) seen.insert(seen.end(), labels.begin(), labels.end());
      };
      CHECK_THROWS_WITH_AS(loop(), doctest::Contains("sample 23: image is damaged"), Error);
      CHECK(seen == first_n(22));
    }
  }
}

TEST_CASE("Workers need no memory but to make a batch, and where that has none it is told at its batch") {
  const auto make = [](Index i) {
    reel_test::fail_new_after(-1);
    Batch batch{.images = Tensor::full({1, 1, 1, 1}, static_cast<Scalar>(i)), .labels = {}};
    reel_test::fail_new_after(0, true);  // until this thread makes the next one
    if (i == 150) throw std::bad_alloc();
    return batch;
  };
  detail::Prefetcher prefetcher(make, 20, 200, 90, 1);
  for (Index i = 20; i < 150; i++) CHECK(prefetcher.take().images.item() == static_cast<Scalar>(i));
  for (int again = 0; again < 2; again++) CHECK_THROWS_AS(prefetcher.take(), std::bad_alloc);
}

TEST_CASE("A loop that workers serve may be left at any time") {
  const CountingImages data(100);
  Loader loader(data, {.batch = 1, .prefetch = 3, .workers = 3});
  for (int round = 0; round < 20; round++) {
    for (const auto& [images, labels] : loader) {
      if (labels[0] == round) break;
    }
  }
  CHECK(flat(read_epoch(loader)) == first_n(100));
  Loader unused(data, {.batch = 1, .workers = 4});
  unused.begin();
}

TEST_CASE("A Loader resumes with the very next batch with other workers than the state was taken with") {
  const CountingImages data(22);
  LoaderOptions options{
      .batch = 3, .shuffle = true, .seed = 5, .transform = add_noise, .prefetch = 2, .workers = 2};
  Loader whole(data, options);
  const Epoch all = read_epoch(whole);
  whole.set_epoch(0);
  Index taken = 0;
  for ([[maybe_unused]] const Batch& batch : whole) {
    if (++taken == whole.size()) break;  // that state is the next epoch's
    options.workers = taken % 4 + 1;
    Loader resumed(data, options);
    resumed.load_state(whole.state());
    const Epoch rest = read_epoch(resumed);
    CHECK(rest.labels == std::vector(all.labels.begin() + taken, all.labels.end()));
    CHECK(rest.pixels == std::vector(all.pixels.begin() + taken, all.pixels.end()));
  }
}

TEST_CASE("Workers without room for batches ahead are refused") {
  const CountingImages data(10);
  CHECK_THROWS_WITH_AS(Loader(data, {.prefetch = 0, .workers = 2}),
                       doctest::Contains("2 workers make batches ahead, a prefetch of 0 leaves none"), Error);
}
