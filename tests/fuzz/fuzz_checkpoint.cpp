// Loads what a checkpoint might hold, arbitrary bytes or one of ours with states changed: it is taken or refused with an
// Error, and then nothing has changed; what was taken trains on.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/ops/ops.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/loader.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/linear.h>
#include <reel/optim/adam.h>
#include <reel/optim/ema.h>
#include <reel/optim/schedule.h>

#include "memory_file.h"

namespace {

using namespace reel;

struct SmallNet : Module {
  BatchNorm2d& norm = add("norm", BatchNorm2d{1});
  Linear& fc = add("fc", Linear{784, 10});
  Var forward(Var x) override { return fc(flatten(norm(x))); }
};

struct Training {
  SmallNet net;
  GeneratedDigits digits{4, 1};
  Loader loader{digits, {.batch = 2, .shuffle = true, .seed = 1, .prefetch = 0}};
  Adam adam{net.parameters(), {.lr = 1e-3}};
  OneCycleLR schedule{adam, {.max_lr = 0.1, .total_steps = 100}};
  Ema ema{net, {.decay = 0.9}};

  std::vector<CheckpointPart> parts() {
    return {
        {"model", &net}, {"optimizer", &adam}, {"schedule", &schedule}, {"loader", &loader}, {"ema", &ema}};
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
const Checkpoint& saved() {
  static const Checkpoint checkpoint = [] {
    Training training;
    training.epoch();
    const std::string path = reel_fuzz::file("checkpoint", "");
    save_checkpoint(path, training.parts());
    return read_checkpoint(path);
  }();
  return checkpoint;
}

class Changes {
 public:
  Changes(const std::uint8_t* bytes, std::size_t size) : next_(bytes), left_(size) {}
  bool left() const { return left_ > 0; }

  void make(Checkpoint& checkpoint) {
    State& state = any(checkpoint.parts).second;
    switch (byte() % 5) {
      case 0:
        if (!state.integers.empty()) any(state.integers).second = kIntegers[byte() % kIntegers.size()];
        break;
      case 1:
        if (!state.reals.empty()) any(state.reals).second = kReals[byte() % kReals.size()];
        break;
      case 2:
        if (!state.tensors.empty()) any(state.tensors).second = Tensor::full(shape(), Scalar(0.5));
        break;
      case 3:
        if (!state.tensors.empty()) state.tensors.erase(any(state.tensors).first);
        break;
      default:
        state.texts[std::string(byte() % 4, static_cast<char>(byte()))] =
            std::string(byte() % 9, static_cast<char>(byte()));
    }
  }

 private:
  static constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  static constexpr std::array<std::int64_t, 10> kIntegers{
      0, 1, 2, 3, -1, kMax, -kMax - 1, std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, kMax / 2};
  static constexpr std::array<double, 9> kReals{0,
                                                1,
                                                -1,
                                                0.5,
                                                1e308,
                                                1e-320,
                                                std::numeric_limits<double>::infinity(),
                                                -std::numeric_limits<double>::infinity(),
                                                std::numeric_limits<double>::quiet_NaN()};

  unsigned byte() {
    if (left_ == 0) return 0;
    left_--;
    return *next_++;
  }
  template <class Map>
  typename Map::value_type& any(Map& map) {
    return *std::next(map.begin(), static_cast<std::ptrdiff_t>(byte() % map.size()));
  }
  Shape shape() {
    std::vector<Index> sizes;
    for (unsigned dims = byte() % 4; dims > 0; dims--) sizes.push_back(byte() % 12);
    return Shape(sizes);
  }

  const std::uint8_t* next_;
  std::size_t left_;
};

Checkpoint changed(const std::uint8_t* bytes, std::size_t size) {
  Checkpoint checkpoint = saved();
  for (Changes changes(bytes, size); changes.left();) changes.make(checkpoint);
  return checkpoint;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  try {
    const Checkpoint checkpoint =
        bytes[0] & 1 ? as_checkpoint(parse_safetensors(rest, "fuzz"), "fuzz") : changed(bytes + 1, size - 1);
    Training training;
    load_checkpoint(checkpoint, training.parts());
    training.epoch();
  } catch (const Error&) {  // a broken file is refused, and so is a step beyond the schedule's end
  }
  return 0;
}
