// The programs that time other libraries' convolutions beside those of `bench kernels`.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace reel::apps {

struct KernelPeer {
  std::string library, program;  ///< "oneDNN", the path of bench_onednn
};

/// Those that are beside this program; a std::runtime_error where there is none.
std::vector<KernelPeer> find_kernel_peers();

/// Of each pass that the library has, by name, on num_threads() threads. `layer` is a Kernel's shape.
std::map<std::string, double> seconds_of_passes(const KernelPeer& peer, const std::string& layer);

}  // namespace reel::apps
