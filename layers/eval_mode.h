// Evaluation in the middle of a training.
#pragma once

#include <utility>
#include <vector>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// eval() of a module as long as this lives; then every part is in the mode in which it was, a part that was
/// frozen by its own eval() too, also where an exception ends it:
///   { const EvalMode eval(net); test(net); }
class EvalMode {
 public:
  explicit EvalMode(ModuleBase& module);
  ~EvalMode();
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;

 private:
  void remember(ModuleBase& module);

  std::vector<std::pair<ModuleBase*, bool>> was_training_;
};

}  // namespace reel::inline REEL_PRECISION
