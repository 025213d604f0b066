// Reel and other frameworks in turn on the same networks.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace reel::apps {

struct PeerFlags {
  std::string only, torch;
  int pairs = 5;
  bool markdown = false;
};
void add_peer_flags(CLI::App& app, PeerFlags& flags);

/// Prints images/s of Reel and of the fastest peer of each kind, and their ratio, for each network, at one thread and,
/// where the machine has two, at two; or only at `threads` > 0. What failed is said below. A std::runtime_error where
/// there is no peer, or where one's network has another number of parameters than Reel's.
void run_peers(const PeerFlags& flags, int threads);

}  // namespace reel::apps
