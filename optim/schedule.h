// Learning rates that change while training goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <reel/core/copied_by_member.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

/// Sets the learning rates of an optimiser, which must outlive it: those of step 0 when it is made, the next
/// ones with each step(). Each rate follows from the number of steps and the group's lr at the beginning
/// ("base"), so a set_lr() in between lasts until the next step().
///
/// With `warmup_steps` W > 0 and `warmup_start_factor` f, the rate first rises in a line,
///   lr(t) = start (f + (1 - f) t / W) for t < W,
/// start being the schedule's own first rate, and the schedule runs from t = W on: PyTorch's LinearLR and the
/// schedule in a SequentialLR with milestone W. An option that is out of range, or must be given and is not,
/// is an Error of the constructor.
class Schedule : public Stateful {
 public:
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Call it after each optimizer.step(), or after each epoch where the options count epochs. A step that
  /// throws, as one after 2^53 does, has not counted and changes no rate.
  void step();
  /// How often step() was called.
  std::int64_t steps() const { return step_; }

  /// "step" and each group's "base_lr.0"; loading sets the optimiser's rates.
  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 protected:
  struct Warmup {
    Index steps;
    double start_factor;
  };
  Schedule(std::string_view name, Located<Optimizer&> optimizer, Warmup warmup);
  const OptionCheck check_;
  /// Sets the rates of the current step; the last act of a subclass's constructor.
  void apply();

  /// The rate t >= 0 steps after the warm-up.
  virtual double lr_at(std::int64_t t, double base_lr) const = 0;
  /// What goes to Optimizer::set_momentum, if anything.
  virtual std::optional<double> momentum_at(std::int64_t) const { return {}; }
  /// The last t there is, if any; a step beyond is an Error.
  virtual std::optional<std::int64_t> last() const { return {}; }

 private:
  struct Rate {
    double lr;
    std::optional<double> momentum;
  };
  // Of each group. A step beyond the last and a rate that is not finite are Errors.
  std::vector<Rate> rates_at(std::int64_t step, std::span<const double> base_lr) const;
  void set(std::span<const Rate> rates);

  Optimizer& optimizer_;
  Warmup warmup_;
  std::vector<double> base_lr_;
  std::int64_t step_ = 0;
};

struct StepLROptions {
  Index step_size = 0;  ///< must be given
  double gamma = 0.1;
  Index warmup_steps = 0;
  double warmup_start_factor = 1.0 / 3;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// lr = base * gamma^floor(t / step_size). As torch.optim.lr_scheduler.StepLR.
class StepLR : public Schedule {
 public:
  StepLR(Located<Optimizer&> optimizer, StepLROptions options);

 private:
  double lr_at(std::int64_t t, double base_lr) const override;

  StepLROptions options_;
};

struct MultiStepLROptions {
  std::vector<Index> milestones = {};  ///< ascending; one that is there twice counts twice; must be given
  double gamma = 0.1;
  Index warmup_steps = 0;
  double warmup_start_factor = 1.0 / 3;
};
/// lr = base * gamma^(how many milestones are t or less). As torch.optim.lr_scheduler.MultiStepLR.
class MultiStepLR : public Schedule {
 public:
  MultiStepLR(Located<Optimizer&> optimizer, MultiStepLROptions options);

 private:
  double lr_at(std::int64_t t, double base_lr) const override;

  MultiStepLROptions options_;
};

struct ExponentialLROptions {
  double gamma = 0;  ///< must be given
  Index warmup_steps = 0;
  double warmup_start_factor = 1.0 / 3;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// lr = base * gamma^t. As torch.optim.lr_scheduler.ExponentialLR.
class ExponentialLR : public Schedule {
 public:
  ExponentialLR(Located<Optimizer&> optimizer, ExponentialLROptions options);

 private:
  double lr_at(std::int64_t t, double base_lr) const override;

  ExponentialLROptions options_;
};

/// lr = base * factor(t), t = 0, 1, ...; a factor that is below 0 or not finite is an Error of its step. A state
/// knows t and the bases, not the function. As torch.optim.lr_scheduler.LambdaLR.
class LambdaLR : public Schedule {
 public:
  LambdaLR(Located<Optimizer&> optimizer, std::function<double(Index t)> factor);

 private:
  double lr_at(std::int64_t t, double base_lr) const override { return base_lr * factor_(t); }

  std::function<double(Index)> factor_;
};

struct CosineLROptions {
  Index t_max = 0;     ///< steps from the base to the lowest rate, after the warm-up; must be given
  double eta_min = 0;  ///< the lowest rate
  Index warmup_steps = 0;
  double warmup_start_factor = 1.0 / 3;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// lr = eta_min + (base - eta_min) (1 + cos(pi t / t_max)) / 2; after t_max it rises again. As
/// torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov and Hutter, arXiv:1608.03983.
class CosineLR : public Schedule {
 public:
  CosineLR(Located<Optimizer&> optimizer, CosineLROptions options);

 private:
  double lr_at(std::int64_t t, double base_lr) const override;

  CosineLROptions options_;
};

struct OneCycleLROptions {
  double max_lr = 0;              ///< must be given
  Index total_steps = 0;          ///< of both halves, after the warm-up; must be given
  double pct_start = 0.3;         ///< the share of the steps in which the rate rises
  double div_factor = 25;         ///< max_lr / the first rate
  double final_div_factor = 1e4;  ///< the first rate / the last
  bool cycle_momentum = true;     ///< also move the momentum (Adam: beta1), against the rate
  double base_momentum = 0.85;    ///< the lowest, at max_lr
  double max_momentum = 0.95;     ///< at the first rate and the last
  Index warmup_steps = 0;
  double warmup_start_factor = 1.0 / 3;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// Along half cosines, lr goes from max_lr / div_factor up to max_lr at step pct_start * total_steps - 1,
/// then down to max_lr / div_factor / final_div_factor at step total_steps - 1; the momentum goes from
/// max_momentum to base_momentum and back. More than total_steps steps are an Error. As
/// torch.optim.lr_scheduler.OneCycleLR (two phases); Smith and Topin, arXiv:1708.07120.
class OneCycleLR : public Schedule {
 public:
  OneCycleLR(Located<Optimizer&> optimizer, OneCycleLROptions options);

 private:
  double lr_at(std::int64_t t, double base_lr) const override;
  std::optional<double> momentum_at(std::int64_t t) const override;
  std::optional<std::int64_t> last() const override { return options_.total_steps; }
  double anneal(std::int64_t t, double start, double middle, double end) const;

  OneCycleLROptions options_;
};

}  // namespace reel::inline REEL_PRECISION
