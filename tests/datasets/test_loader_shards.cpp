// A Loader that gives out some shards of each batch.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/loader.h>

using namespace reel;

namespace {

const GeneratedDigits& digits() {
  static const GeneratedDigits all{23, 3};
  return all;
}

LoaderOptions shard_options() {
  return {.batch = 10, .shuffle = true, .seed = 5, .transform = random_crop({.padding = 2}), .mixup = 0.4};
}

std::vector<Batch> epoch_of(Loader& loader) {
  std::vector<Batch> all;
  for (const Batch& batch : loader) all.push_back(batch);
  return all;
}

void check_rows(const Batch& part, const Batch& whole, Index begin, Index end) {
  REQUIRE(part.size() == end - begin);
  const auto same = [](const Tensor& a, const Tensor& b) {
    return std::ranges::equal(a.values(), b.values());
  };
  CHECK(same(part.images, whole.images.rows(begin, end)));
  CHECK(same(part.probabilities, whole.probabilities.rows(begin, end)));
  CHECK(std::ranges::equal(part.labels,
                           std::vector<int>(whole.labels.begin() + begin, whole.labels.begin() + end)));
}

}  // namespace

TEST_CASE("shards are as even as they can be and the first is never empty") {
  for (Index samples = 1; samples <= 30; samples++) {
    for (Index shards = 1; shards <= 12; shards++) {
      CHECK(shard_rows(samples, shards, 0).begin == 0);
      CHECK(shard_rows(samples, shards, 0).end >= 1);
      CHECK(shard_rows(samples, shards, shards - 1).end == samples);
      for (Index k = 0; k < shards; k++) {
        const auto [begin, end] = shard_rows(samples, shards, k);
        CHECK(begin + samples / shards <= end);
        CHECK(end <= begin + (samples + shards - 1) / shards);
        if (k > 0) CHECK(begin == shard_rows(samples, shards, k - 1).end);
      }
    }
  }
}

TEST_CASE("a loader of some shards gives what the whole batch has there") {
  Loader all{digits(), shard_options()}, some{digits(), shard_options()};
  some.set_shards(4, 1, 3);
  for (int epoch = 0; epoch < 2; epoch++) {
    const std::vector<Batch> whole = epoch_of(all), part = epoch_of(some);
    REQUIRE(part.size() == 3);
    check_rows(part[0], whole[0], 3, 8);  // shards [0,3) [3,5) [5,8) [8,10)
    check_rows(part[1], whole[1], 3, 8);
    check_rows(part[2], whole[2], 1, 3);  // of three: [0,1) [1,2) [2,3) [3,3)
    CHECK(part[0].whole == 10);
    CHECK(part[0].before == 3);
    CHECK(part[2].whole == 3);
    CHECK(whole[0].whole == 0);
  }
}

TEST_CASE("a process may have none of a small batch") {
  Loader loader{digits(), shard_options()};
  loader.set_shards(4, 3, 4);
  const std::vector<Batch> part = epoch_of(loader);
  CHECK(part[1].size() == 2);
  CHECK(part[2].size() == 0);
  CHECK(part[2].whole == 3);
  CHECK(part[2].before == 3);
}

TEST_CASE("a loader goes on where it was with other shards, and its state does not tell them") {
  Loader whole{digits(), shard_options()}, one{digits(), shard_options()}, other{digits(), shard_options()};
  one.set_shards(2, 0, 1);
  for (const Batch& batch : one) {
    static_cast<void>(batch);
    break;
  }
  other.load_state(one.state());
  other.set_shards(5, 4, 5);
  CHECK(other.position() == 1);
  check_rows(*other.begin(), epoch_of(whole)[1], 8, 10);
}

TEST_CASE("shards that there are not are an error") {
  Loader loader{digits(), shard_options()};
  CHECK_THROWS_WITH_AS(loader.set_shards(4, 2, 5), doctest::Contains("shards 2 to 4 of 4 are asked for"),
                       Error);
  CHECK_THROWS_AS(loader.set_shards(4, 2, 2), Error);
  CHECK_THROWS_AS(loader.set_shards(4, -1, 2), Error);
}
