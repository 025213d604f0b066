// What the programs have in common that time another library's convolutions: bench_onednn and bench_libxsmm.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "convolution_layers.h"

namespace reel::apps {

/// As a Pass of kernel_list.h.
struct PeerPass {
  std::string name;
  std::function<void()> run;
};

/// Runs `program`: prints a line of JSON for each pass of the layer that its command line names, on as many threads
/// as OMP_NUM_THREADS says. `prepare` returns no pass for what the library cannot do. Returns the exit status.
int run_convolution_peer(int argc, char** argv, const std::string& program,
                         const std::function<std::vector<PeerPass>(const OpCall&)>& prepare);

}  // namespace reel::apps
