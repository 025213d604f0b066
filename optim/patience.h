// What waits for a number that should get better: early stopping, and a learning rate that falls on a plateau.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include <reel/core/copied_by_member.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

/// Whether a number that is watched should fall, as a loss, or rise, as an accuracy.
enum class Goal { kMin, kMax };

struct PatienceOptions {
  Index patience = 10;   ///< steps without a better number that are borne
  double min_delta = 0;  ///< by how much better it must be to count, 0 or more
  Goal goal = Goal::kMin;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// Early stopping: `if (patience.step(test_loss)) break;`. A NaN is no better number. Prechelt, "Early stopping - but
/// when?", 1998.
class Patience : public Stateful {
 public:
  explicit Patience(PatienceOptions options = {}, Location where = {});

  /// Takes the next number. True where more than `patience` in a row were no better than the best before them.
  bool step(double number);
  /// Whether the number of the last step is the best so far.
  bool improved() const { return steps_ > 0 && waited_ == 0; }
  /// The best so far; infinite before the first step.
  double best() const { return best_; }

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  const OptionCheck check_;
  PatienceOptions options_;
  double best_;
  std::int64_t waited_ = 0, steps_ = 0;
};

struct ReduceLROnPlateauOptions {
  double factor = 0.1;      ///< what a rate is multiplied by, in [0, 1)
  Index patience = 10;      ///< steps without a better number that are borne
  double threshold = 1e-4;  ///< by how much better it must be to count
  bool relative = true;     ///< the threshold is a share of the best so far
  Index cooldown = 0;       ///< steps after a reduction that count for nothing
  double min_lr = 0;        ///< no rate goes below
  double eps = 1e-8;        ///< a rate that would change by this or less stays
  Goal goal = Goal::kMin;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// Reduces the learning rates of an optimiser, which must outlive it, where a number gets no better. As
/// torch.optim.lr_scheduler.ReduceLROnPlateau.
class ReduceLROnPlateau : public Stateful {
 public:
  explicit ReduceLROnPlateau(Located<Optimizer&> optimizer, ReduceLROnPlateauOptions options = {});

  /// Call it with the number after each epoch.
  void step(double number);

  /// The rates themselves are in the optimiser's state.
  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  bool is_better(double number) const;

  const OptionCheck check_;
  Optimizer& optimizer_;
  ReduceLROnPlateauOptions options_;
  double best_;
  std::int64_t waited_ = 0, cooling_ = 0;
};

}  // namespace reel::inline REEL_PRECISION
