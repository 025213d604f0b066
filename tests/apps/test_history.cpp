#include "common/history.h"

#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "compare_support.h"
#include "small_training.h"

using namespace reel;
using namespace reel::apps;
using namespace reel_test;

namespace {

// Three steps, of which two made the first epoch.
History measured() {
  History history;
  history.step_loss.points = {{1, 0.9}, {2, 0.8}, {3, 0.7}};
  history.learning_rate.points = {{1, 0.1}, {2, 0.2}, {3, 0.1}};
  for (Series* curve : {&history.train_loss, &history.train_cross_entropy, &history.test_loss,
                        &history.train_accuracy, &history.test_accuracy})
    curve->points = {{1, 0.5}};
  history.step = 3;
  history.images = 2;
  return history;
}

// Why a history does not take a state that was changed; it stays as it was.
std::string refusal(const std::function<void(State&)>& change) {
  State state = measured().state();
  change(state);
  History history;
  const std::string message = error_of<FormatError>([&] { history.load_state(state); });
  CHECK(same(history.state(), History().state()));
  return message;
}

}  // namespace

TEST_CASE("A history comes back from its state") {
  History loaded;
  loaded.load_state(measured().state());
  CHECK(same(loaded.state(), measured().state()));
}

TEST_CASE("A history whose curves have not a point for each step and each epoch is refused") {
  CHECK(contains(refusal([](State& state) { state.integers["step"] = 4; }),
                 "has 3 points of \"step_loss\", 4 are expected"));
  for (const char* curve :
       {"learning_rate", "train_cross_entropy", "test_loss", "train_accuracy", "test_accuracy"})
    CHECK(contains(refusal([&](State& state) { state.tensors[curve] = Tensor::zeros({0, 2}); }), curve));
  CHECK(contains(refusal([](State& state) {
                   state.tensors["learning_rate"] = Tensor::ones({3, 2});
                 }),
                 "learning_rate"));
}

TEST_CASE("A history with images before the first step is refused") {
  State state = History().state();
  state.integers["images"] = 5;
  CHECK(contains(error_of<FormatError>([&] { History().load_state(state); }),
                 "has 5 images, before the first step 0 is expected"));
}
