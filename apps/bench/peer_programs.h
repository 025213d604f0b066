// The programs that time a network: Reel's, and those that it is compared with.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "networks.h"

namespace reel::apps {

struct Setting {
  const Network& network;
  Index batch;
  int threads;
};

struct Rates {
  std::string program;              ///< "PyTorch 2.14.1"
  double train = 0, infer = 0;      ///< images/s; 0 where it does not train
  std::optional<Index> parameters;  ///< of its network, where it says
};

struct Peer {
  enum class Kind { kFloat32, kBfloat16, kOnnx };
  std::string name;  ///< "libtorch", "eager-cl"
  Kind kind;
  bool may_fail;  ///< does not work on every machine: is left out then
  /// A std::runtime_error where it fails.
  std::function<Rates(const Setting&)> run;
};

Rates run_reel(const Setting& setting);

/// bench_libtorch where it is beside this program, and what the Python that `torch` runs (a command of the shell, may
/// be empty) does with torch_peer.py. A std::runtime_error where there is neither, or no PyTorch in that Python.
std::vector<Peer> find_peers(const std::string& torch);

}  // namespace reel::apps
