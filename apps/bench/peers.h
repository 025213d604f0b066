// Reel and libtorch in turn on the same networks.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace reel::apps {

struct PeerFlags {
  std::string only;
  int pairs = 5;
  bool markdown = false;
};
void add_peer_flags(CLI::App& app, PeerFlags& flags);

/// Prints images/s of both and their ratio for each network, at one thread and, where the machine has two, at
/// two; or only at `threads` > 0. A std::runtime_error where bench_libtorch is not beside this program.
void run_peers(const PeerFlags& flags, int threads);

}  // namespace reel::apps
