// What every optimiser has: parameters in groups, steps, and a state that a checkpoint keeps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/option_check.h>
#include <reel/core/parameter.h>

namespace reel::inline REEL_PRECISION {

/// Parameters that share their options: `SGD sgd{{{backbone, {.lr = 1e-3}}, {head, {.lr = 1e-2}}}};`
template <class Options>
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  Options options = {};
};

/// Groups in braces, or a vector of them.
template <class Options>
using ParameterGroups = Located<std::vector<ParameterGroup<Options>>>;

/// Changes parameters by their gradients. The parameters must outlive it; their order is what a saved state
/// goes by. Hyper-parameters have PyTorch's names, defaults and meaning; one that is out of range
/// or not finite is an Error of the constructor.
class Optimizer : public Stateful {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  ~Optimizer() override;

  /// Makes every gradient undefined, so that the next backward starts from zero.
  void zero_grad();
  /// Updates, in place, each trainable parameter that has a gradient; the others are left out, as in PyTorch,
  /// and so is this step from their count (Adam's bias correction). Tied parameters are one: see Parameter. A
  /// gradient of another shape than its parameter is a ShapeError, a step after 2^53 an Error. Where it
  /// throws, nothing has changed. Gradients are only read.
  void step();
  /// How often step() was called.
  std::int64_t steps() const { return steps_; }

  std::size_t groups() const { return group_count_; }
  /// Learning rate of a group; a group that does not exist or a rate below 0 or not finite is an Error.
  double lr(std::size_t group = 0) const;
  void set_lr(double lr, std::size_t group = 0);
  /// What OneCycleLR cycles: the momentum of SGD, RMSProp and Muon, Adam's beta1. In [0, 1).
  double momentum(std::size_t group = 0) const;
  void set_momentum(double momentum, std::size_t group = 0);

  /// Names by the parameter's position: "0.exp_avg", "steps", and "group.0.lr" for what schedules change.
  State state() const override;
  /// Takes a copy of another optimiser's over equal parameters.
  std::function<void()> prepare_load(const State& state) override;

 protected:
  static constexpr std::size_t kMaxState = 4;
  using SlotState = std::array<Tensor, kMaxState>;

  /// One parameter and what the optimiser remembers of it: tensors in the parameter's shape, in the order of
  /// state_names(), undefined until they are needed.
  struct Slot {
    Parameter* parameter;
    std::size_t group;
    SlotState state = {};
    std::int64_t missed = 0;  // steps in which it had no gradient
  };

  /// `name` is the class's, for messages: a literal. The subclass adds its groups one after another.
  Optimizer(std::string_view name, Location where);
  /// An empty group, a null pointer, a parameter given twice and tied ones in several groups are Errors.
  void add_group(std::span<Parameter* const> parameters);
  const OptionCheck check_;
  void check_lr(double lr) const;
  void check_momentum(double momentum) const;

  /// Of a slot's tensors: their names, and whether a group's options ask for the i-th.
  virtual std::span<const char* const> state_names() const = 0;
  virtual bool needs_state(std::size_t i, std::size_t group) const = 0;
  /// Takes the scratch memory of an update, before anything changes: where there is not enough, it throws.
  virtual void reserve(const Slot&) {}
  /// The update of one parameter in its t-th step, t = 1, 2, ...; `fresh` where its tensors are new (zeros).
  virtual void update(Slot& slot, const Tensor& gradient, std::int64_t t, bool fresh) = 0;
  virtual double& lr_of(std::size_t group) = 0;
  virtual double& momentum_of(std::size_t group) = 0;

 private:
  void check_group(std::size_t group) const;
  // The names and shapes of a state of this optimiser, with the tensors that `found` has or must have.
  State expected_state(const State& found) const;
  void check_shape(const Parameter& parameter, const char* what, const Tensor& tensor) const;
  // For each slot, the first that has its parameter's storage. Found again only where a value has another
  // one.
  const std::vector<std::size_t>& first_of_tied_slots();
  // For each slot, what it is updated by: of tied ones the first's is that of all. Undefined for the others.
  std::vector<Tensor> gradients();
  SlotState new_state(const Slot& slot) const;

  std::vector<Slot> slots_;
  std::vector<const Scalar*> tied_by_;  // the values' addresses that first_of_tied_ was found for
  std::vector<std::size_t> first_of_tied_;
  std::size_t group_count_ = 0;
  std::int64_t steps_ = 0;
};

}  // namespace reel::inline REEL_PRECISION
