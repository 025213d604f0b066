#include "kernel_peers.h"

#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reel/core/parallel.h>

#include "child.h"

namespace reel::apps {

std::vector<KernelPeer> find_kernel_peers() {
  std::vector<KernelPeer> peers{{"oneDNN", program_beside("bench_onednn")},
                                {"LIBXSMM", program_beside("bench_libxsmm")}};
  std::erase_if(peers, [](const KernelPeer& peer) { return peer.program.empty(); });
  if (peers.empty()) {
    throw std::runtime_error(
        "neither bench_onednn nor bench_libxsmm is beside this program; install libdnnl-dev or libxsmm-dev, "
        "configure "
        "with -DREEL_BENCH_PEERS=ON and build the target");
  }
  return peers;
}

std::map<std::string, double> seconds_of_passes(const KernelPeer& peer, const std::string& layer) {
  std::istringstream lines(
      output_of({"env", fmt::format("OMP_NUM_THREADS={}", num_threads()), peer.program, layer}));
  std::map<std::string, double> seconds;
  for (std::string line; std::getline(lines, line);) {
    const auto pass = nlohmann::json::parse(line);
    seconds[pass.at("pass")] = pass.at("ms").get<double>() * 1e-3;
  }
  return seconds;
}

}  // namespace reel::apps
