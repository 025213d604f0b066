// How the numbers in a network's layers spread while it trains.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

/// Smallest and largest number of a tensor and its root mean square, at a step.
struct ValueRange {
  double step, least, most, rms;
};

/// The ranges of each layer's weight, its gradient and the layer's result, in order of the parameters.
class LayerRanges : public Stateful {
 public:
  /// What of a layer is measured; kKinds has their names.
  enum Kind { kWeight, kGradient, kActivation };
  static constexpr std::array<const char*, 3> kKinds{"weight", "gradient", "activation"};

  /// A layer's samples in order of their steps.
  struct Layer {
    std::string name;
    std::array<std::vector<ValueRange>, 3> ranges;  ///< by Kind
  };

  /// Of every module that has a parameter "weight", after a backward; `results` are results_by_layer().
  void sample(std::int64_t step, const Module& net, const std::map<std::string, Tensor>& results);
  const std::vector<Layer>& layers() const { return layers_; }

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  std::vector<Layer> layers_;
};

/// What each layer of a tape came to, by the layer's path.
std::map<std::string, Tensor> results_by_layer(const Tape& tape);

}  // namespace reel::apps
