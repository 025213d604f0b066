// A training that was stopped and resumed from its checkpoint is, bit for bit, the one that never stopped.
#include <doctest/doctest.h>
#include <reel/reel.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support.h"

using namespace reel;
using reel_test::TempDir;

namespace {

constexpr Index kSamples = 50, kBatch = 16;  // four batches an epoch, the last of two images
constexpr Index kEpochs = 3, kSteps = 12;

void add_resume_noise(Image& image, const RandomStream& random) {
  for (std::size_t i = 0; i < image.pixels.size(); i++) {
    image.pixels[i] += Scalar(0.1) * static_cast<Scalar>(random.uniform(i));
  }
}

// Everything that has a state, made from a seed.
template <class AnOptimizer, class Options>
struct ResumeRun {
  ResumeRun(std::uint64_t seed, Options options)
      : net(make_net(seed)),
        optimizer(net.parameters(), options),
        schedule(optimizer, {.max_lr = 0.01, .total_steps = kSteps}),
        loader(data, {.batch = kBatch, .shuffle = true, .seed = seed, .transform = add_resume_noise}) {}

  static Sequential make_net(std::uint64_t seed) {
    reel::seed(seed);
    return Sequential{Conv2d{1, 4, 5, {.stride = 2}},
                      BatchNorm2d{4},
                      ReLU{},
                      MaxPool2d{2},
                      Flatten{},
                      Dropout{0.5},
                      Linear{144, 10}};
  }
  std::vector<CheckpointPart> parts() {
    return {{"model", &net}, {"optimizer", &optimizer}, {"schedule", &schedule}, {"loader", &loader}};
  }
  void step(const Batch& batch) {
    Tape tape;
    const Var loss = cross_entropy(net(tape.input(batch.images)), batch.labels);
    optimizer.zero_grad();
    tape.backward(loss);
    clip_grad_norm(net.parameters(), 1);
    optimizer.step();
    schedule.step();
    losses.push_back(loss.item());
  }

  GeneratedDigits data{kSamples, 3};
  Sequential net;
  AnOptimizer optimizer;
  OneCycleLR schedule;
  Loader loader;
  std::vector<Scalar> losses;
};

// Trains to the end. With a folder, it saves a checkpoint in it after every step and every epoch.
template <class ARun>
void train(ARun& run, const std::filesystem::path& folder = {}) {
  const auto save = [&](const std::string& name) {
    if (!folder.empty()) save_checkpoint(folder / name, run.parts());
  };
  while (run.loader.epoch() < kEpochs) {
    for (const Batch& batch : run.loader) {
      run.step(batch);
      save(fmt::format("step {}", run.schedule.steps()));
    }
    save(fmt::format("epoch {}", run.loader.epoch()));
  }
}

bool same_tensors(const State& a, const State& b) {
  return a.integers == b.integers &&
         std::ranges::equal(a.tensors, b.tensors, [](const auto& x, const auto& y) {
           return x.first == y.first && std::ranges::equal(x.second.values(), y.second.values());
         });
}

template <class AnOptimizer, class Options>
void check_resuming(Options options) {
  const TempDir folder;
  ResumeRun<AnOptimizer, Options> whole(1, options);
  save_checkpoint(folder.path() / "step 0", whole.parts());
  train(whole, folder.path());
  REQUIRE(whole.losses.size() == kSteps);
  const auto check = [&](const std::string& name, std::ptrdiff_t done) {
    CAPTURE(name);
    ResumeRun<AnOptimizer, Options> resumed(2, options);  // other weights, order and random numbers
    resumed.net(Tape().input(Tensor::zeros({1, 1, 28, 28})));
    load_checkpoint(folder.path() / name, resumed.parts());
    CHECK(resumed.schedule.steps() == done);
    train(resumed);
    CHECK(resumed.losses == std::vector(whole.losses.begin() + done, whole.losses.end()));
    CHECK(same_tensors(resumed.net.state(), whole.net.state()));
    CHECK(same_tensors(resumed.optimizer.state(), whole.optimizer.state()));
    CHECK(resumed.optimizer.lr() == whole.optimizer.lr());
    CHECK(resumed.optimizer.momentum() == whole.optimizer.momentum());
  };
  for (const int step : {0, 1, 4, 6, 11, 12}) check(fmt::format("step {}", step), step);
  check("epoch 1", 4);
}

}  // namespace

TEST_CASE("A resumed training gives the bits of the one that never stopped") {
  SUBCASE("Adam") { check_resuming<Adam>(AdamOptions{.amsgrad = true}); }
  SUBCASE("AdamW") { check_resuming<AdamW>(AdamWOptions{}); }
  SUBCASE("Muon") { check_resuming<Muon>(MuonOptions{.adamw = {.amsgrad = true}}); }
  SUBCASE("SGD") { check_resuming<SGD>(SGDOptions{.momentum = 0.9, .nesterov = true}); }
  SUBCASE("RMSProp") { check_resuming<RMSProp>(RMSPropOptions{.momentum = 0.5, .centered = true}); }
}

TEST_CASE("A checkpoint of another network leaves every part of the run as it was") {
  const TempDir folder;
  const std::string path = folder.path() / "checkpoint";
  ResumeRun<Adam, AdamOptions> saved(1, {}), run(2, {});
  saved.net.push_back(Linear{10, 10});
  save_checkpoint(path, saved.parts());
  run.step(*run.loader.begin());
  const State net = run.net.state().clone(), optimizer = run.optimizer.state().clone();
  const GeneratorState generator = generator_state();
  CHECK_THROWS_WITH_AS(load_checkpoint(path, run.parts()),
                       doctest::Contains("unexpected: \"7.bias\", \"7.weight\""), FormatError);
  CHECK(same_tensors(run.net.state(), net));
  CHECK(same_tensors(run.optimizer.state(), optimizer));
  CHECK(generator_state() == generator);
  CHECK(run.schedule.steps() == 1);
  CHECK(run.loader.state().integers.at("batches_given") == 1);
}
