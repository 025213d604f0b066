#include "peers.h"

#include <cmath>
#include <ctime>
#include <set>
#include <stdexcept>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/output.h"
#include "machine.h"
#include "models.h"
#include "peer_programs.h"
#include "peer_table.h"

namespace reel::apps {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang++ " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

std::tm today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local;
}

// What is said below the table.
struct Notes {
  std::set<std::string> programs, left_out;
};

void check_same_network(const Setting& setting, const Peer& peer, const Rates& reel, const Rates& other) {
  if (!other.parameters || other.parameters == reel.parameters) return;
  throw std::runtime_error(fmt::format("{} has {} parameters in Reel and {} in {} ({}): not the same network",
                                       setting.network.name, *reel.parameters, *other.parameters, peer.name,
                                       other.program));
}

// Reel and the peers in turn, `count` times.
Rounds run_rounds(const std::vector<Peer>& peers, const Setting& setting, int count, Notes& notes) {
  Rounds rounds;
  std::set<std::string> failed;
  for (int i = 0; i < count; i++) {
    rounds.reel.push_back(run_reel(setting));
    for (const Peer& peer : peers) {
      if (failed.contains(peer.name)) continue;
      Rates rates;
      try {
        rates = peer.run(setting);
      } catch (const std::runtime_error& error) {
        if (!peer.may_fail) throw;
        failed.insert(peer.name);
        rounds.peers.erase(peer.name);
        notes.left_out.insert(fmt::format("{}, {}: {}", peer.name, setting.network.name, error.what()));
        continue;
      }
      check_same_network(setting, peer, rounds.reel.back(), rates);
      notes.programs.insert(rates.program);
      rounds.peers[peer.name].push_back(rates);
    }
  }
  return rounds;
}

std::vector<int> thread_counts(int threads) {
  if (threads > 0) return {threads};
  if (std::thread::hardware_concurrency() >= 2) return {1, 2};
  return {1};
}

// Of all networks that the flags let in, at this number of threads. Returns the geometric mean of the ratios in
// training.
double print_rows(const PeerTable& table, const std::vector<Peer>& peers, const PeerFlags& flags, int threads,
                  Notes& notes) {
  double logarithms = 0;
  int rows = 0;
  for (const Network& network : networks()) {
    if (!flags.only.empty() && flags.only != network.name) continue;
    for (const Index batch : network.batches) {
      const Setting setting{network, batch, threads};
      const double ratio = table.print_row(setting, run_rounds(peers, setting, flags.pairs, notes));
      if (ratio == 0) continue;
      logarithms += std::log(ratio);
      rows++;
    }
  }
  return rows > 0 ? std::exp(logarithms / rows) : 0;
}

}  // namespace

void add_peer_flags(CLI::App& app, PeerFlags& flags) {
  add_only_network_flag(app, flags.only);
  app.add_option(
      "--torch", flags.torch,
      "What runs a Python with PyTorch and onnxruntime: \"python3\", \"chroot /srv/forky python3\"");
  app.add_option("--pairs", flags.pairs, "Runs of each program; their median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--markdown", flags.markdown, "A Markdown table");
}

void run_peers(const PeerFlags& flags, int threads) {
  const std::vector<Peer> peers = find_peers(flags.torch);
  print_text("{}, {} threads, {}, {:%Y-%m-%d}; images/s, medians (pairs: {})\n\n", processor(),
             std::thread::hardware_concurrency(), kCompiler, today(), flags.pairs);
  const PeerTable table(peers, flags.markdown);
  Notes notes;
  std::vector<std::string> means;
  for (const int count : thread_counts(threads)) {
    const double mean = print_rows(table, peers, flags, count, notes);
    means.push_back(fmt::format("{:.2f} at {} thread{}", mean, count, count > 1 ? "s" : ""));
  }
  print_text("\nGeometric mean of the ratios in training: {}\n", fmt::join(means, ", "));
  print_text("Compared with {}; cl: channels last\n", fmt::join(notes.programs, ", "));
  for (const std::string& text : notes.left_out) print_text("Left out: {}\n", text);
}

}  // namespace reel::apps
