// Loads what a checkpoint might hold, arbitrary bytes or one of ours that was changed: it is taken or refused
// with an Error, and then nothing has changed; what was taken trains on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/random.h>
#include <reel/datasets/loader.h>
#include <reel/optim/adam.h>
#include <reel/optim/ema.h>
#include <reel/optim/schedule.h>

#include "changed_file.h"
#include "memory_file.h"
#include "small_training.h"

namespace {

using namespace reel;

struct Training {
  reel_test::SmallNet net;
  reel_test::FourImages data;
  Loader loader{data, {.batch = 2, .shuffle = true, .seed = 1, .prefetch = 0}};
  Adam adam{net.parameters(), {.lr = 1e-3}};
  OneCycleLR schedule{adam, {.max_lr = 0.1, .total_steps = 100}};
  Ema ema{net, {.decay = 0.9}};

  std::vector<CheckpointPart> parts() {
    return {
        {"model", &net}, {"optimizer", &adam}, {"schedule", &schedule}, {"loader", &loader}, {"ema", &ema}};
  }
  std::vector<State> states() {
    std::vector<State> states;
    for (const CheckpointPart& part : parts()) states.push_back(part.object->state().clone());
    return states;
  }
  void epoch() {
    for (const auto& [images, labels] : loader) {
      Tape tape;
      const Var loss = cross_entropy(net(tape.input(images)), labels);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
      schedule.step();
      ema.update();
    }
  }
};

// What every run has saved after its first epoch.
const Safetensors& saved() {
  static const Safetensors file = [] {
    Training training;
    training.epoch();
    const std::string path = reel_fuzz::file("checkpoint", "");
    save_checkpoint(path, training.parts());
    return read_safetensors(path);
  }();
  return file;
}

Safetensors file_of(reel_fuzz::Bytes in) {
  if (in.flip()) return parse_safetensors(in.text(), "fuzz");
  Safetensors file = saved();
  while (in.left()) reel_fuzz::change(file, in);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  seed(1);
  Training training;
  const std::vector<State> before = training.states();
  try {
    load_checkpoint(as_checkpoint(file_of(reel_fuzz::Bytes({bytes, size})), "fuzz"), training.parts());
  } catch (const Error&) {
    if (!std::ranges::equal(before, training.states(), reel_test::same)) std::abort();
    return 0;
  }
  try {
    training.epoch();
  } catch (const Error&) {  // a step beyond the schedule's end is refused
  }
  return 0;
}
