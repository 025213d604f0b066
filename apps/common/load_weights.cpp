#include "common/load_weights.h"

#include <fmt/format.h>

namespace reel::apps {

void load_weights(Module& net, const std::string& path) {
  if (!is_checkpoint(read_safetensors(path))) return load(net, path);
  Checkpoint checkpoint = read_checkpoint(path);
  if (!checkpoint.parts.contains("model"))
    throw FormatError(fmt::format("{}: this checkpoint has no part \"model\" to take weights from", path));
  State& weights = checkpoint.parts["model"];
  for (const auto& [name, average] : checkpoint.parts["ema"].tensors) weights.tensors[name] = average;
  check_state(net.state(), weights, path);
  net.load_state(weights);
}

}  // namespace reel::apps
