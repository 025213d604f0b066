// The named state of a module, optimiser, schedule or loader: what a checkpoint keeps.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// Names are paths with dots, as in a PyTorch state_dict: "conv1.weight". The tensors of a state() share the
/// storage of their owner; clone() what must not follow it.
struct State {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::int64_t> integers;
  std::map<std::string, double> reals;

  /// Adds all of `other` with "prefix." in front of each name ("" adds nothing in front).
  void merge(const std::string& prefix, const State& other);
  /// The part whose names start with "prefix.", without it.
  State part(const std::string& prefix) const;
};

/// What a checkpoint can keep.
class Stateful {
 public:
  virtual ~Stateful() = default;
  virtual State state() const = 0;
  virtual void load_state(const State&) = 0;
};

}  // namespace reel::inline REEL_PRECISION
