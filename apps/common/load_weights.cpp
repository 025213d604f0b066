#include "common/load_weights.h"

#include <utility>

#include <fmt/format.h>

namespace reel::apps {

void load_weights(Module& net, const std::string& path) {
  Safetensors file = read_safetensors(path);
  if (!is_checkpoint(file)) {
    load(net, std::move(file), path);
    return;
  }
  Checkpoint checkpoint = as_checkpoint(std::move(file), path);
  if (!checkpoint.parts.contains("model"))
    throw FormatError(fmt::format("{}: this checkpoint has no part \"model\" to take weights from", path));
  State& weights = checkpoint.parts["model"];
  for (const auto& [name, average] : checkpoint.parts["ema"].tensors) weights.tensors[name] = average;
  check_state(net.state(), weights, path);
  net.load_state(weights);
}

}  // namespace reel::apps
