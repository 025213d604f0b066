// A graph of ops that a fuzzer's bytes describe, run in either precision: graph_builder.cpp and graph_ops.cpp
// are compiled once for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reel_fuzz {

/// How a graph is run. Each way has to give the same bits.
enum class Way { kPlain, kUnfused, kThreeThreads };

struct GraphResult {
  std::vector<std::vector<double>> values;     ///< of every node that was made
  std::vector<std::vector<double>> gradients;  ///< of every leaf; empty where there is none
  std::string outcomes;              ///< for each op . where it ran, S for a ShapeError, E for another Error
  bool comparable = true;            ///< false: an op amplifies rounding, so the two precisions may differ
  bool gradients_comparable = true;  ///< false: rounding may have moved a number over a kink
};

namespace f32 {
GraphResult run_graph(std::span<const std::uint8_t> bytes, Way way);
}
namespace f64 {
GraphResult run_graph(std::span<const std::uint8_t> bytes, Way way);
}

}  // namespace reel_fuzz
