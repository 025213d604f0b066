// The time of each kernel that a training step of the networks runs.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace reel::apps {

struct KernelFlags {
  std::string only;
  bool json = false, peers = false;
};
void add_kernel_flags(CLI::App& app, KernelFlags& flags);

/// Prints the time and the rate of every pass of every kernel whose op and shape contain `only`, and its
/// share of what the machine can do at most. A convolution's operations are counted by its definition, so the
/// share exceeds 100% where Winograd's algorithm does with fewer. With `peers`, each convolution is followed by those
/// of other libraries. A UsageError where there is no such kernel.
void run_kernels(const KernelFlags& flags);

}  // namespace reel::apps
