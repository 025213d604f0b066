// The training of LeNet-5 that the authors of SimpleChains.jl time.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace reel::apps {

struct SimpleChainsFlags {
  std::string data;
  int batch = 0;  ///< 0: 96 for each thread
};
void add_simplechains_flags(CLI::App& app, SimpleChainsFlags& flags);

/// Ten epochs of MNIST: prints the seconds from the opening of its files to the last step, which the evaluation
/// follows, beside what is published, and the accuracy on the test images. An IoError where there is no MNIST.
void run_simplechains(const SimpleChainsFlags& flags);

}  // namespace reel::apps
