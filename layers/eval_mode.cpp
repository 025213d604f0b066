#include <reel/layers/eval_mode.h>

namespace reel::inline REEL_PRECISION {

EvalMode::EvalMode(ModuleBase& module) {
  remember(module);
  module.eval();
}

EvalMode::~EvalMode() {
  // From the top down: train() reaches the parts, which then get their own mode.
  for (const auto& [module, training] : was_training_) module->train(training);
}

void EvalMode::remember(ModuleBase& module) {
  was_training_.emplace_back(&module, module.is_training());
  for (ModuleBase* child : module.children()) remember(*child);
}

}  // namespace reel::inline REEL_PRECISION
