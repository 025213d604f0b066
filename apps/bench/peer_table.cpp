#include "peer_table.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "common/output.h"

namespace reel::apps {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double median_rate(const std::vector<Rates>& runs, double Rates::*rate) {
  std::vector<double> values;
  for (const Rates& run : runs) values.push_back(run.*rate);
  return median(std::move(values));
}

// Medians over the rounds; the ratio's is not that of the medians, as the speeds of a round share its moment.
struct Comparison {
  std::string peer;
  double rate, ratio;
};

Comparison compare(const Rounds& rounds, const std::string& peer, double Rates::*rate) {
  const std::vector<Rates>& runs = rounds.peers.at(peer);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < runs.size(); i++) ratios.push_back(rounds.reel[i].*rate / runs[i].*rate);
  return {peer, median_rate(runs, rate), median(std::move(ratios))};
}

// With the peer of that kind that is the fastest beside Reel; nothing where none ran.
std::optional<Comparison> hardest(const std::vector<Peer>& peers, Peer::Kind kind, const Rounds& rounds,
                                  double Rates::*rate) {
  std::optional<Comparison> found;
  for (const Peer& peer : peers) {
    if (peer.kind != kind || !rounds.peers.contains(peer.name)) continue;
    const Comparison comparison = compare(rounds, peer.name, rate);
    if (!found || comparison.ratio < found->ratio) found = comparison;
  }
  return found;
}

std::string whole(double value) { return fmt::format("{:.0f}", value); }

}  // namespace

PeerTable::PeerTable(const std::vector<Peer>& peers, bool markdown) : peers_(peers), markdown_(markdown) {
  std::vector<std::string> titles;
  const auto add = [&](const char* title, int width) {
    titles.emplace_back(title);
    widths_.push_back(width);
  };
  const auto add_pass = [&](const char* reel, const char* float32, Peer::Kind other, const char* title) {
    add(reel, 10);
    if (has(Peer::Kind::kFloat32)) add(float32, 13), add("of", -11), add("ratio", 5);
    if (has(other)) add(title, 12), add("ratio", 5);
  };
  add("network", -19), add("batch", 5), add("threads", 7);
  add_pass("Reel train", "float32 train", Peer::Kind::kBfloat16, "bfloat16");
  add_pass("Reel infer", "float32 infer", Peer::Kind::kOnnx, "ONNX Runtime");
  print_cells(titles);
  if (!markdown_) return;
  std::vector<std::string> rule;
  for (const int width : widths_) rule.emplace_back(width < 0 ? "---" : "---:");
  print_cells(rule);
}

bool PeerTable::has(Peer::Kind kind) const {
  return std::ranges::any_of(peers_, [=](const Peer& peer) { return peer.kind == kind; });
}

void PeerTable::add_cells(std::vector<std::string>& cells, Peer::Kind kind, const Rounds& rounds,
                          double Rates::*rate) const {
  if (!has(kind)) return;
  const std::optional<Comparison> found = hardest(peers_, kind, rounds, rate);
  cells.push_back(found ? whole(found->rate) : "-");
  if (kind == Peer::Kind::kFloat32) cells.push_back(found ? found->peer : "-");
  cells.push_back(found ? fmt::format("{:.2f}", found->ratio) : "-");
}

void PeerTable::print_cells(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); i++) {
    const int width = std::abs(widths_[i]);
    if (!line.empty()) line += markdown_ ? " | " : "  ";
    line += widths_[i] < 0 ? fmt::format("{:<{}}", cells[i], width) : fmt::format("{:>{}}", cells[i], width);
  }
  print_text("{}\n", markdown_ ? "| " + line + " |" : line);
}

double PeerTable::print_row(const Setting& setting, const Rounds& rounds) const {
  std::vector<std::string> cells{setting.network.name, std::to_string(setting.batch),
                                 std::to_string(setting.threads)};
  cells.push_back(whole(median_rate(rounds.reel, &Rates::train)));
  add_cells(cells, Peer::Kind::kFloat32, rounds, &Rates::train);
  add_cells(cells, Peer::Kind::kBfloat16, rounds, &Rates::train);
  cells.push_back(whole(median_rate(rounds.reel, &Rates::infer)));
  add_cells(cells, Peer::Kind::kFloat32, rounds, &Rates::infer);
  add_cells(cells, Peer::Kind::kOnnx, rounds, &Rates::infer);
  print_cells(cells);
  const auto train = hardest(peers_, Peer::Kind::kFloat32, rounds, &Rates::train);
  return train ? train->ratio : 0;
}

}  // namespace reel::apps
