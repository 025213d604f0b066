// What the forward of a training changes in a module.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Copies of a module's buffers and counters, such as the running averages of batch norm, as they were when it was made.
/// The module outlives it.
class RunningState {
 public:
  explicit RunningState(const ModuleBase& module);

  /// Gives the module what it had then.
  void restore() const;

  /// Each with its copy, in the order of ModuleBase::buffers() and counters().
  const std::vector<std::pair<Tensor*, Tensor>>& buffers() const { return buffers_; }
  const std::vector<std::pair<std::int64_t*, std::int64_t>>& counters() const { return counters_; }

 private:
  std::vector<std::pair<Tensor*, Tensor>> buffers_;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters_;
};

/// At its end the module has what it had at its beginning, whatever forwards there were.
class RunningStateGuard {
 public:
  explicit RunningStateGuard(const ModuleBase& module) : before_(module) {}
  ~RunningStateGuard() { before_.restore(); }
  RunningStateGuard(const RunningStateGuard&) = delete;
  RunningStateGuard& operator=(const RunningStateGuard&) = delete;

 private:
  RunningState before_;
};

}  // namespace reel::inline REEL_PRECISION
