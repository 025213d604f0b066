#include <reel/layers/running_state.h>

namespace reel::inline REEL_PRECISION {

RunningState::RunningState(const ModuleBase& module) {
  for (const auto& [name, buffer] : module.buffers()) buffers_.emplace_back(buffer, buffer->clone());
  for (const auto& [name, counter] : module.counters()) counters_.emplace_back(counter, *counter);
}

void RunningState::restore() const {
  for (const auto& [buffer, before] : buffers_) {
    if (buffer->shape() == before.shape()) {
      buffer->copy_from(before);
    } else {
      *buffer = before.clone();
    }
  }
  for (const auto& [counter, before] : counters_) *counter = before;
}

}  // namespace reel::inline REEL_PRECISION
