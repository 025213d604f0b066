#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/memory.h>
#include <reel/core/random.h>
#include <reel/datasets/dataset.h>
#include <reel/datasets/loader.h>

#include "close.h"
#include "compare_support.h"
#include "datasets/loader_support.h"
#include "support.h"

using namespace reel;
using reel_test::add_noise, reel_test::append, reel_test::CountingImages, reel_test::Epoch;
using reel_test::error_of, reel_test::first_n, reel_test::flat, reel_test::read_epoch;
using reel_test::status_of_child;

namespace {

std::vector<int> sorted(std::vector<int> v) {
  std::ranges::sort(v);
  return v;
}

}  // namespace

TEST_CASE("Loader gives every sample once, the last batch smaller") {
  const CountingImages data(7);
  for (const Index prefetch : {0, 1, 2, 100}) {
    Loader loader(data, {.batch = 3, .prefetch = prefetch});
    CHECK(loader.size() == 3);
    const Epoch epoch = read_epoch(loader);
    CHECK(epoch.labels == std::vector<std::vector<int>>{{0, 1, 2}, {3, 4, 5}, {6}});
    CHECK(epoch.pixels[2] == std::vector<Scalar>{6, 6.5});
  }
}

TEST_CASE("Loader gives batches as [N,C,H,W]") {
  const CountingImages data(5);
  Loader loader(data, {.batch = 4});
  std::vector<Shape> shapes;
  for (const auto& [images, labels] : loader) shapes.push_back(images.shape());
  CHECK(shapes == std::vector<Shape>{{4, 1, 1, 2}, {1, 1, 1, 2}});
}

TEST_CASE("A batch says how many samples it has") {
  const CountingImages data(5);
  Loader loader(data, {.batch = 4});
  std::vector<Index> sizes;
  for (const Batch& batch : loader) sizes.push_back(batch.size());
  CHECK(sizes == std::vector<Index>{4, 1});
}

TEST_CASE("A batch can be taken apart by value, to be changed") {
  const CountingImages data(4);
  Loader loader(data, {.batch = 4});
  for (auto [images, labels] : loader) {
    labels.push_back(7);
    images = images.reshape({8});
    CHECK(labels.size() == 5);
    CHECK(images.shape() == Shape{8});
  }
}

TEST_CASE("Loader drops the smaller last batch where asked, and only a smaller one") {
  const CountingImages data(7);
  Loader loader(data, {.batch = 3, .drop_last = true});
  CHECK(loader.size() == 2);
  CHECK(flat(read_epoch(loader)) == first_n(6));
  Loader whole(data, {.batch = 7, .drop_last = true});
  CHECK(flat(read_epoch(whole)) == first_n(7));
}

TEST_CASE("Loader shuffles by seed and epoch alone, whatever the prefetch and the batch size") {
  const CountingImages data(50);
  Loader one(data, {.batch = 8, .shuffle = true, .seed = 3, .transform = add_noise});
  Loader two(data, {.batch = 8, .shuffle = true, .seed = 3, .transform = add_noise, .prefetch = 0});
  Loader other(data, {.batch = 5, .shuffle = true, .seed = 3, .transform = add_noise, .prefetch = 7});
  Loader seed4(data, {.batch = 8, .shuffle = true, .seed = 4, .transform = add_noise});
  const Epoch first = read_epoch(one), second = read_epoch(one);
  CHECK(sorted(flat(first)) == first_n(50));
  CHECK(sorted(flat(second)) == first_n(50));
  CHECK(flat(first) != first_n(50));
  CHECK(first != second);
  CHECK(read_epoch(two) == first);
  CHECK(read_epoch(two) == second);
  const Epoch small = read_epoch(other);
  CHECK(flat(small) == flat(first));
  CHECK(small.pixels[0] == std::vector<Scalar>(first.pixels[0].begin(), first.pixels[0].begin() + 10));
  CHECK(flat(read_epoch(seed4)) != flat(first));
}

TEST_CASE("Loader brings each sample to each place equally often") {
  const CountingImages data(4);
  Loader loader(data, {.batch = 4, .shuffle = true, .prefetch = 0});
  int counts[4][4] = {};
  for (int epoch = 0; epoch < 4000; epoch++) {
    const std::vector<int> order = flat(read_epoch(loader));
    for (int place = 0; place < 4; place++) counts[place][order[static_cast<std::size_t>(place)]]++;
  }
  for (const auto& place : counts) {
    for (const int count : place)
      CHECK_CLOSE(count, 1000, reel_test::kStandardErrors * std::sqrt(3.0 / 4000));
  }
}

TEST_CASE("Loader gives a sample other random numbers in each epoch, the same wherever it stands") {
  const CountingImages data(6);
  Loader ordered(data, {.batch = 1, .seed = 9, .transform = add_noise});
  Loader shuffled(data, {.batch = 1, .shuffle = true, .seed = 9, .transform = add_noise});
  const Epoch plain = read_epoch(ordered), mixed = read_epoch(shuffled), next = read_epoch(ordered);
  std::set<Scalar> noise;
  for (std::size_t i = 0; i < 6; i++) {
    const auto sample = static_cast<std::size_t>(mixed.labels[i][0]);
    CHECK(mixed.pixels[i] == plain.pixels[sample]);
    noise.insert(plain.pixels[i][0] - static_cast<Scalar>(i));
    noise.insert(next.pixels[i][0] - static_cast<Scalar>(i));
  }
  CHECK(noise.size() == 12);
}

TEST_CASE("Loader counts epochs and can be set to one") {
  const CountingImages data(10);
  Loader loader(data, {.batch = 4, .shuffle = true});
  CHECK(loader.epoch() == 0);
  const Epoch first = read_epoch(loader);
  CHECK(loader.epoch() == 1);
  for ([[maybe_unused]] const auto& batch : loader) {
    CHECK(loader.epoch() == 1);
    break;
  }
  CHECK(loader.epoch() == 1);
  const Epoch third = read_epoch(loader);  // a loop that was left is not taken up again
  CHECK(loader.epoch() == 3);
  loader.set_epoch(2);
  CHECK(read_epoch(loader) == third);
  loader.set_epoch(0);
  CHECK(read_epoch(loader) == first);
  CHECK_THROWS_WITH_AS(loader.set_epoch(-1), doctest::Contains("epoch is -1"), Error);
}

TEST_CASE("Loader may be left in the middle, by break or exception, and destroyed in a loop") {
  const CountingImages data(100);
  Loader loader(data, {.batch = 1, .prefetch = 3});
  for (int round = 0; round < 20; round++) {
    for (const auto& [images, labels] : loader) {
      if (labels[0] == round) break;
    }
  }
  const auto leave = [&] {
    for ([[maybe_unused]] const auto& batch : loader) throw std::runtime_error("out of the loop");
  };
  CHECK_THROWS_WITH_AS(leave(), "out of the loop", std::runtime_error);
  CHECK(flat(read_epoch(loader)) == first_n(100));
  Loader unused(data, {.batch = 1});
  unused.begin();
}

TEST_CASE("Loader refuses to go on with a loop that another one has ended") {
  const CountingImages data(10);
  Loader loader(data, {.batch = 4});
  const auto nested = [&] {
    for ([[maybe_unused]] const auto& outer : loader) read_epoch(loader);
  };
  CHECK_THROWS_WITH_AS(nested(), doctest::Contains("Loader (test_loader.cpp:"), Error);
  CHECK_THROWS_WITH_AS(nested(), doctest::Contains("a loop within a loop needs a Loader of its own"), Error);
  auto left = loader.begin();
  loader.set_epoch(5);
  CHECK_THROWS_AS(++left, Error);
  CHECK_THROWS_AS(*left, Error);
  left = loader.begin();
  loader.load_state(loader.state());
  CHECK_THROWS_AS(++left, Error);
  CHECK(flat(read_epoch(loader)) == std::vector<int>{4, 5, 6, 7, 8, 9});  // the batches after the first
}

TEST_CASE("Loader refuses a second thread while a loop of the first goes on, which stays as it is") {
  const CountingImages data(10);
  Loader loader(data, {.batch = 4, .shuffle = true});
  const Epoch expected = read_epoch(loader);
  loader.set_epoch(0);
  const auto refused = [&](const auto& use) {
    std::string message;
    std::thread([&] { message = error_of<Error>(use); }).join();
    return message.find("a loop of another thread goes on; each thread needs a Loader of its own") !=
           std::string::npos;
  };
  Epoch epoch;
  for (const auto& [images, labels] : loader) {
    CHECK(refused([&] { loader.begin(); }));
    CHECK(refused([&] { loader.set_epoch(7); }));
    CHECK(refused([&] { loader.set_shards(2, 0, 1); }));
    CHECK(refused([&] { loader.go_back(1); }));
    CHECK(refused([&] { loader.load_state(loader.state()); }));
    append(epoch, images, labels);
  }
  CHECK(epoch == expected);
  for ([[maybe_unused]] const auto& batch : loader) break;
  CHECK_FALSE(refused([&] { read_epoch(loader); }));  // a loop that was left does not go on
}

TEST_CASE("Several threads that loop over one Loader at once end, each with an epoch or an error") {
  const CountingImages data(200);
  for (const Index prefetch : {0, 2}) {
    Loader loader(data, {.batch = 1, .prefetch = prefetch});
    std::atomic<int> whole = 0, refused = 0;
    const auto loop = [&] {
      try {
        whole += flat(read_epoch(loader)) == first_n(200);
      } catch (const Error&) {
        refused++;
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) threads.emplace_back(loop);
    for (std::thread& thread : threads) thread.join();
    CHECK(whole >= 1);
    CHECK(whole + refused == 4);
  }
}

TEST_CASE("Loader makes its batches in the loop where no thread can be made") {
  const CountingImages data(10);
  Loader loader(data, {.batch = 4, .shuffle = true});
  const Epoch expected = read_epoch(loader);
  const int status = status_of_child([&] {
    const rlimit none{0, 0};  // for a user without root's rights, which the child is
    if (setrlimit(RLIMIT_NPROC, &none) != 0) _exit(1);
    try {
      std::thread([] {}).join();
      _exit(2);  // a system without such limits
    } catch (const std::system_error&) {
    }
    loader.set_epoch(0);
    _exit(read_epoch(loader) == expected ? 7 : 3);
  });
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) {
    MESSAGE("left out: this system gives threads without end");
  } else {
    CHECK(WEXITSTATUS(status) == 7);
  }
}

TEST_CASE("Loader gives a data set that is smaller than a batch as one batch") {
  const CountingImages data(3);
  Loader loader(data, {.batch = 64, .shuffle = true});
  CHECK(loader.size() == 1);
  for (int epoch = 0; epoch < 3; epoch++) CHECK(sorted(flat(read_epoch(loader))) == first_n(3));
}

TEST_CASE("Loader brings an exception of the data set into the loop, at its batch") {
  const CountingImages data(10, 7);
  for (const Index prefetch : {0, 1, 5}) {
    Loader loader(data, {.batch = 2, .prefetch = prefetch});
    std::vector<int> seen;
    const auto loop = [&] {
      for (const auto& [images, labels] : loader) seen.insert(seen.end(), labels.begin(), labels.end());
    };
    CHECK_THROWS_WITH_AS(loop(), doctest::Contains("sample 7: image is damaged"), Error);
    CHECK(seen == first_n(6));
    // And again in the next epoch.
    CHECK_THROWS_WITH_AS(loop(), doctest::Contains("sample 7: image is damaged"), Error);
    CHECK(loader.epoch() == 1);
  }
}

TEST_CASE("Loader brings an exception of a transform into the loop") {
  const CountingImages data(10);
  const auto damage = [](Image& image, const RandomStream&) {
    if (image.pixels[0] == 4) throw std::runtime_error("no such image");
  };
  const auto grow = [](Image& image, const RandomStream&) {
    if (image.pixels[0] == 4) image = {{1, 1, 3}, {1, 2, 3}};
  };
  Loader damaging(data, {.batch = 2, .transform = damage}), growing(data, {.batch = 2, .transform = grow});
  CHECK_THROWS_WITH_AS(read_epoch(damaging), doctest::Contains("sample 4: no such image"), Error);
  CHECK_THROWS_WITH_AS(
      read_epoch(growing),
      doctest::Contains("sample 4: the transform makes shape [1,1,3] with 3 pixels, others have [1,1,2]"),
      ShapeError);
}

TEST_CASE("Loader takes the shape that the transform makes") {
  const CountingImages data(3);
  Loader loader(data, {.batch = 3, .transform = random_crop({.size = Size2{1, 1}})});
  CHECK(loader.sample_shape() == Shape{1, 1, 1});
  for (const auto& [images, labels] : loader) CHECK(images.shape() == Shape{3, 1, 1, 1});
}

TEST_CASE("Loader resumes with the very next batch from a state taken after any batch") {
  const CountingImages data(11);
  const LoaderOptions options{.batch = 3, .shuffle = true, .seed = 5, .transform = add_noise};
  Loader whole(data, options);
  std::vector<State> states{whole.state()};
  Epoch all;
  for (int epoch = 0; epoch < 3; epoch++) {
    for (const auto& [images, labels] : whole) {
      append(all, images, labels);
      states.push_back(whole.state());
    }
  }
  for (std::size_t taken = 0; taken < states.size(); taken++) {
    LoaderOptions other = options;
    other.seed = 77;  // the state's seed counts
    Loader resumed(data, other);
    resumed.load_state(states[taken]);
    CHECK(resumed.epoch() == static_cast<Index>(taken / 4));
    Epoch rest;
    while (resumed.epoch() < 3) {
      for (const auto& [images, labels] : resumed) append(rest, images, labels);
    }
    CHECK(rest.labels ==
          std::vector(all.labels.begin() + static_cast<std::ptrdiff_t>(taken), all.labels.end()));
    CHECK(rest.pixels ==
          std::vector(all.pixels.begin() + static_cast<std::ptrdiff_t>(taken), all.pixels.end()));
  }
}

TEST_CASE("Loader goes back by batches, also in a loop, and resumes from there") {
  const CountingImages data(11);
  const LoaderOptions options{.batch = 3, .shuffle = true, .seed = 5, .transform = add_noise};
  Loader whole(data, options), loader(data, options);
  const Epoch first = read_epoch(whole), second = read_epoch(whole);
  for (const Index given : {1, 2, 3, 4}) {  // of four
    for (Index back = 1; back <= given; back++) {
      loader.set_epoch(1);
      for ([[maybe_unused]] const auto& batch : loader) {
        if (loader.position() == given) break;
      }
      loader.go_back(back);
      CHECK(loader.epoch() == 1);
      CHECK(loader.position() == given - back);
      Loader resumed(data, options);
      resumed.load_state(loader.state());
      const Epoch rest = read_epoch(loader);
      CHECK(rest.pixels == std::vector(second.pixels.begin() + given - back, second.pixels.end()));
      CHECK(read_epoch(resumed) == rest);
      CHECK(loader.epoch() == 2);
    }
  }
}

TEST_CASE("Loader goes back by no more batches than it has given out, and ends the loop") {
  const CountingImages data(10);
  Loader loader(data, {.batch = 4});
  CHECK_THROWS_WITH_AS(loader.go_back(1), doctest::Contains("1 batches back are asked for"), Error);
  auto left = loader.begin();
  ++left;
  CHECK_THROWS_WITH_AS(loader.go_back(3), doctest::Contains("1 to position(), which is 2, are expected"),
                       Error);
  CHECK_THROWS_AS(loader.go_back(0), Error);
  CHECK(left->labels[0] == 4);  // which none of them has ended
  loader.go_back(1);
  CHECK_THROWS_WITH_AS(++left, doctest::Contains("go_back()"), Error);
  CHECK(flat(read_epoch(loader)) == std::vector<int>{4, 5, 6, 7, 8, 9});
}

TEST_CASE("Loader refuses the state of another loader") {
  const CountingImages data(10), other(11);
  Loader loader(data, {.batch = 5});
  State state = loader.state();
  CHECK_THROWS_WITH_AS(Loader(data, {.batch = 2}).load_state(state),
                       doctest::Contains("10 samples in batches of 5, this loader has 10 in batches of 2"),
                       FormatError);
  CHECK_THROWS_AS(Loader(other, {.batch = 5}).load_state(state), FormatError);
  state.integers["batches_given"] = 2;
  CHECK_THROWS_WITH_AS(loader.load_state(state), doctest::Contains("epoch 0, batch 2 of 2"), FormatError);
  state.integers["batches_given"] = -1;
  CHECK_THROWS_AS(loader.load_state(state), FormatError);
  state.integers = loader.state().integers;
  state.integers["epoch"] = -1;
  CHECK_THROWS_AS(loader.load_state(state), FormatError);
  CHECK_THROWS_WITH_AS(loader.load_state({}), doctest::Contains("missing: \"batch\""), FormatError);
}

TEST_CASE("Loader refuses wrong options, a data set of nothing and a transform that does not fit") {
  const CountingImages data(10), empty(0);
  CHECK_THROWS_WITH_AS(Loader(data, {.batch = 0}), doctest::Contains("Loader (test_loader.cpp:"), Error);
  CHECK_THROWS_WITH_AS(Loader(data, {.batch = 0}), doctest::Contains("batch is 0"), Error);
  CHECK_THROWS_WITH_AS(Loader(data, {.batch = -4}), doctest::Contains("batch is -4"), Error);
  CHECK_THROWS_WITH_AS(Loader(data, {.prefetch = -1}), doctest::Contains("prefetch is -1"), Error);
  CHECK_THROWS_WITH_AS(Loader(data, {.batch = 11, .drop_last = true}), doctest::Contains("leaves no batch"),
                       Error);
  CHECK_THROWS_WITH_AS(Loader(empty, {}), doctest::Contains("is empty"), Error);
  CHECK_THROWS_AS(Loader(data, {.transform = normalize({0, 0, 0}, {1, 1, 1})}), ShapeError);
  const auto flatten = [](Image& image, const RandomStream&) { image.shape = {2}; };
  CHECK_THROWS_WITH_AS(Loader(data, {.transform = flatten}), doctest::Contains("shape [2] with 2 pixels"),
                       ShapeError);
  static_assert(!std::is_constructible_v<Loader, CountingImages>);  // it would not outlive the loader
}

TEST_CASE("Loader has one buffer for each batch in the loop or ahead of it, the same ones in every epoch") {
  constexpr int kBatches = 12;
  const CountingImages data(1000 * kBatches);
  for (const Index prefetch : {0, 2}) {
    Loader loader(data, {.batch = 1000, .shuffle = true, .transform = add_noise, .prefetch = prefetch});
    data.reads = 0;
    release_pooled_memory();
    const Index before = memory_stats().system_calls;
    bool first = true;
    for ([[maybe_unused]] const auto& batch : loader) {
      // Holding the first batch until all that may be ahead of it are there: no later epoch needs more.
      for (int reads; first && (reads = data.reads) < 1000 * (1 + prefetch);) data.reads.wait(reads);
      first = false;
    }
    const Index buffers = 1 + prefetch + 1;  // with that of a sample on its way
    CHECK(memory_stats().system_calls - before == buffers);
    read_epoch(loader);
    CHECK(memory_stats().system_calls - before == buffers);
  }
}

namespace {

// CountingImages with a class for each image, or fewer.
class NamedImages : public CountingImages {
 public:
  explicit NamedImages(Index size, std::size_t classes) : CountingImages(size), names_(classes, "x") {}
  const std::vector<std::string>& class_names() const override { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace

TEST_CASE("mixup blends each image with another and says how much of each class") {
  const NamedImages data(40, 40);
  std::set<int> others;
  Loader loader{data, {.batch = 7, .shuffle = true, .seed = 3, .mixup = 0.4}};
  for (const Batch& batch : loader) {
    REQUIRE(batch.probabilities.shape() == Shape{std::ssize(batch.labels), 40});
    for (std::size_t i = 0; i < batch.labels.size(); i++) {
      const auto row = batch.probabilities.values().subspan(i * 40, 40);
      Scalar total = 0, expected = 0;
      for (std::size_t c = 0; c < 40; c++) {
        CHECK(row[c] >= 0);
        total += row[c];
        expected += row[c] * static_cast<Scalar>(c);
        if (row[c] > 0 && static_cast<int>(c) != batch.labels[i]) others.insert(static_cast<int>(c));
      }
      CHECK_CLOSE(total, 1);
      CHECK_CLOSE(batch.images.values()[2 * i], expected);
    }
  }
  CHECK(others.size() > 15);
}

TEST_CASE("mixup's shares have the variance of their Beta distribution") {
  constexpr Index kSamples = 5000;
  const NamedImages data(kSamples, kSamples);
  Loader loader{data, {.batch = 100, .seed = 3, .mixup = 0.4}};
  double squares = 0;
  for (const Batch& batch : loader) {
    for (Index i = 0; i < std::ssize(batch.labels); i++) {
      const double own = batch.probabilities.at(i, batch.labels[static_cast<std::size_t>(i)]);
      squares += (own - 0.5) * (own - 0.5);
    }
  }
  const double kurtosis = 3 - 6 / (2 * 0.4 + 3);
  CHECK_CLOSE(squares / kSamples, 1 / (4 * (2 * 0.4 + 1)),
              reel_test::kStandardErrors * std::sqrt((kurtosis - 1) / kSamples));
}

TEST_CASE("Mixed images do not depend on batch size or prefetching, but on seed and epoch") {
  const NamedImages data(12, 12);
  const auto images = [&](Index batch, Index prefetch, std::uint64_t seed, Index epoch) {
    Loader loader{data, {.batch = batch, .seed = seed, .prefetch = prefetch, .mixup = 1}};
    loader.set_epoch(epoch);
    std::vector<Scalar> all;
    for (const Batch& b : loader) {
      all.insert(all.end(), b.images.values().begin(), b.images.values().end());
      all.insert(all.end(), b.probabilities.values().begin(), b.probabilities.values().end());
    }
    std::ranges::sort(all);  // images and probabilities fall into batches differently
    return all;
  };
  CHECK(images(5, 2, 1, 0) == images(3, 0, 1, 0));
  CHECK(images(5, 2, 1, 0) != images(5, 2, 2, 0));
  CHECK(images(5, 2, 1, 0) != images(5, 2, 1, 1));
}

TEST_CASE("mixup refuses what it cannot mix") {
  const NamedImages data(4, 4), few(4, 2);
  CHECK_THROWS_WITH_AS(Loader(data, {.mixup = -1}), doctest::Contains("mixup is -1"), Error);
  CHECK_THROWS_AS(Loader(data, {.mixup = std::numeric_limits<double>::infinity()}), Error);
  const CountingImages nameless(4);
  CHECK_THROWS_WITH_AS(Loader(nameless, {.mixup = 1}), doctest::Contains("class names"), Error);
  Loader loader{few, {.batch = 4, .seed = 0, .mixup = 1}};
  CHECK_THROWS_WITH_AS(loader.begin(), doctest::Contains("label 2"), Error);
}

TEST_CASE("mixup of a tiny or huge parameter makes shares in [0, 1]") {
  const NamedImages data(8, 8);
  for (const double mixup : {1e-320, 1e-310, 1e-308, 1e-4, 1.0, 1e308}) {
    Loader loader{data, {.batch = 8, .mixup = mixup}};
    for (const Batch& batch : loader) {
      for (const Scalar p : batch.probabilities.values()) CHECK((p >= 0 && p <= 1));
      for (const Scalar x : batch.images.values()) CHECK(std::isfinite(x));
    }
  }
}

TEST_CASE("A Loader's epochs end at 2^53") {
  const CountingImages data(10);
  Loader loader{data};
  constexpr Index kLast = Index{1} << 53, kTooLate = std::numeric_limits<Index>::max();
  CHECK_THROWS_WITH_AS(loader.set_epoch(kTooLate), doctest::Contains("0 to 9007199254740992 is expected"),
                       Error);
  State state = loader.state();
  state.integers["epoch"] = kTooLate;
  CHECK_THROWS_WITH_AS(loader.load_state(state), doctest::Contains("has epoch 9223372036854775807"),
                       FormatError);
  loader.set_epoch(kLast);
  CHECK(loader.epoch() == kLast);
  loader.begin();
}

TEST_CASE("A data set whose order does not fit into memory is an error of its Loader") {
  const CountingImages data(Index{1} << 53);
  Loader loader{data};
  CHECK_THROWS_WITH_AS(loader.begin(),
                       doctest::Contains("the order of 9007199254740992 samples does not fit"), Error);
}

TEST_CASE("reel::seed reaches a Loader that has no seed of its own, and changes none that has") {
  const auto orders = [](std::uint64_t n, LoaderOptions options) {
    seed(n);
    const GeneratorState before = generator_state();
    const CountingImages data(20);
    Loader loader(data, options);
    CHECK(generator_state() == before);
    std::vector<int> labels;
    for (const Batch& batch : loader) labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    return labels;
  };
  const LoaderOptions open{.batch = 4, .shuffle = true}, own{.batch = 4, .shuffle = true, .seed = 7};
  CHECK(orders(1, open) != orders(2, open));
  CHECK(orders(1, open) == orders(1, open));
  CHECK(orders(7, open) == orders(1, own));
  CHECK(orders(1, own) == orders(2, own));
  seed(0);
}
