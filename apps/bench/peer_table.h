// The table of `bench peers`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "peer_programs.h"

namespace reel::apps {

/// What was measured for one setting: each program's runs, in the order of the rounds in which all ran in turn.
struct Rounds {
  std::vector<Rates> reel;
  std::map<std::string, std::vector<Rates>> peers;  ///< by name; without those that failed
};

class PeerTable {
 public:
  /// Prints the titles. There are columns for the kinds of these peers.
  PeerTable(const std::vector<Peer>& peers, bool markdown);

  /// Prints medians: Reel's speed, that of the fastest peer of each kind, and the ratio of both. Returns the ratio in
  /// training to the fastest in float32, or 0 where none ran.
  double print_row(const Setting& setting, const Rounds& rounds) const;

 private:
  bool has(Peer::Kind kind) const;
  void add_cells(std::vector<std::string>& cells, Peer::Kind kind, const Rounds& rounds,
                 double Rates::*rate) const;
  void print_cells(const std::vector<std::string>& cells) const;

  const std::vector<Peer>& peers_;
  bool markdown_;
  std::vector<int> widths_;  ///< negative: text, flush left
};

}  // namespace reel::apps
