// The named state of a module, optimiser, schedule or loader: what a checkpoint keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// Names are paths with dots, as in a PyTorch state_dict: "conv1.weight". The tensors of a state() share the
/// storage of their owner; clone() what must not follow it.
struct State {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::int64_t> integers;
  std::map<std::string, double> reals;
  std::map<std::string, std::string> texts = {};

  /// Adds all of `other` with "prefix." in front of each name ("" adds nothing in front).
  void merge(const std::string& prefix, const State& other);
  /// The part whose names start with "prefix.", without it.
  State part(const std::string& prefix) const;
  /// A copy whose tensors have storage of their own, one for names that share it here.
  State clone() const;
};

/// The first name of each tensor: of those that share storage, as tied weights do, one.
std::vector<std::string> one_name_a_tensor(const State& state);

/// What a checkpoint can keep: modules, optimisers, schedules, loaders.
class Stateful {
 public:
  virtual ~Stateful() = default;
  virtual State state() const = 0;
  /// Gets ready to take over the values of a state that an object built alike gave; its own state() always
  /// fits. All that can fail happens here and changes nothing: a state that does not fit is a FormatError
  /// (see check_state). The function that comes back takes the values over; it neither fails nor allocates.
  virtual std::function<void()> prepare_load(const State& state) = 0;
  /// Takes them over at once. Where it throws, nothing has changed.
  void load_state(const State& state) { prepare_load(state)(); }
};

/// Throws one FormatError that lists every name that `found` lacks, has beyond `expected`, or has in another
/// shape (the first ten of each). The message starts with `what`, say the path of the file.
void check_state(const State& expected, const State& found, std::string_view what);

}  // namespace reel::inline REEL_PRECISION
