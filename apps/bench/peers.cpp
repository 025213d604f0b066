#include "peers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "child.h"
#include "common/output.h"
#include "models.h"

namespace reel::apps {
namespace {

using Command = std::vector<std::string>;

// Images/s.
struct Rates {
  double train, infer;
};

// Both programs, and what they are run for.
struct Programs {
  std::string reel, libtorch;
};
struct Setting {
  const Network& network;
  Index batch;
  int threads;
};

Programs find_programs() {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto libtorch = self.parent_path() / "bench_libtorch";
  if (!std::filesystem::exists(libtorch)) {
    throw std::runtime_error(
        "bench_libtorch is not beside this program; install libtorch-dev and libopenblas-dev, configure with "
        "-DREEL_BENCH_LIBTORCH=ON and build the target bench_libtorch");
  }
  return {self, libtorch};
}

Rates rates_of(const Command& command) {
  const auto row = nlohmann::json::parse(output_of(command));
  return {row.at("train_img_s"), row.at("infer_img_s")};
}

Command with_flags(Command command, const Setting& setting, int threads) {
  for (const std::string& word :
       {std::string("--json"), std::string("--only"), setting.network.name, std::string("--batch"),
        std::to_string(setting.batch), std::string("--threads"), std::to_string(threads)}) {
    command.push_back(word);
  }
  return command;
}

Rates run_reel(const Programs& programs, const Setting& setting) {
  return rates_of(with_flags({programs.reel, "models"}, setting, setting.threads));
}

// With the settings of the allocator that suit it best: they save it the page faults of large blocks.
Rates run_libtorch_on(const Programs& programs, const Setting& setting, int threads) {
  return rates_of(
      with_flags({"env", fmt::format("OMP_NUM_THREADS={}", threads),
                  fmt::format("OPENBLAS_NUM_THREADS={}", threads), "MALLOC_MMAP_THRESHOLD_=4000000000",
                  "MALLOC_TRIM_THRESHOLD_=8000000000", "MALLOC_TOP_PAD_=500000000", programs.libtorch},
                 setting, threads));
}

// Small networks slow down on its second thread, so its faster one counts.
Rates run_libtorch(const Programs& programs, const Setting& setting) {
  const Rates several = run_libtorch_on(programs, setting, setting.threads);
  if (setting.threads == 1) return several;
  const Rates one = run_libtorch_on(programs, setting, 1);
  return {std::max(one.train, several.train), std::max(one.infer, several.infer)};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Medians over the pairs; the ratio's is not that of the medians, as both speeds of a pair share its moment.
struct Comparison {
  double reel, libtorch, ratio;
};

Comparison compare(const std::vector<std::pair<Rates, Rates>>& pairs, double Rates::*rate) {
  std::vector<double> reel, libtorch, ratio;
  for (const auto& [a, b] : pairs) {
    reel.push_back(a.*rate);
    libtorch.push_back(b.*rate);
    ratio.push_back(a.*rate / b.*rate);
  }
  return {median(reel), median(libtorch), median(ratio)};
}

using Cells = std::array<std::string, 9>;
constexpr std::array<int, 9> kWidths{-19, 5, 7, 10, 14, 5, 10, 14, 5};  // negative: text, flush left

void print_cells(const Cells& cells, bool markdown) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); i++) {
    const int width = std::abs(kWidths[i]);
    if (!line.empty()) line += markdown ? " | " : "  ";
    line += kWidths[i] < 0 ? fmt::format("{:<{}}", cells[i], width) : fmt::format("{:>{}}", cells[i], width);
  }
  say("{}\n", markdown ? "| " + line + " |" : line);
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

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

void print_header(const PeerFlags& flags) {
  say("{}, {} threads, {}, {:%Y-%m-%d}; images/s, medians (pairs: {})\n\n", processor(),
      std::thread::hardware_concurrency(), kCompiler, today(), flags.pairs);
  const Cells titles{"network", "batch",      "threads",        "Reel train", "libtorch train",
                     "ratio",   "Reel infer", "libtorch infer", "ratio"};
  print_cells(titles, flags.markdown);
  if (flags.markdown) {
    print_cells({"---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:"}, true);
  }
}

// Returns the ratio in training.
double print_row(const Programs& programs, const Setting& setting, const PeerFlags& flags) {
  std::vector<std::pair<Rates, Rates>> pairs;
  for (int i = 0; i < flags.pairs; i++) {
    const Rates reel = run_reel(programs, setting);
    pairs.emplace_back(reel, run_libtorch(programs, setting));
  }
  const Comparison train = compare(pairs, &Rates::train), infer = compare(pairs, &Rates::infer);
  const auto rate = [](double images) { return fmt::format("{:.0f}", images); };
  const auto ratio = [](double value) { return fmt::format("{:.2f}", value); };
  print_cells(
      {setting.network.name, std::to_string(setting.batch), std::to_string(setting.threads), rate(train.reel),
       rate(train.libtorch), ratio(train.ratio), rate(infer.reel), rate(infer.libtorch), ratio(infer.ratio)},
      flags.markdown);
  return train.ratio;
}

}  // namespace

void add_peer_flags(CLI::App& app, PeerFlags& flags) {
  add_only_network_flag(app, flags.only);
  app.add_option("--pairs", flags.pairs, "Runs of both programs; their median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--markdown", flags.markdown, "A Markdown table");
}

void run_peers(const PeerFlags& flags, int threads) {
  const Programs programs = find_programs();
  std::vector<int> settings{1};
  if (std::thread::hardware_concurrency() >= 2) settings.push_back(2);
  if (threads > 0) settings = {threads};
  print_header(flags);
  std::string means;
  for (const int count : settings) {
    double logarithms = 0;
    int rows = 0;
    for (const Network& network : networks()) {
      if (!flags.only.empty() && flags.only != network.name) continue;
      for (const Index batch : network.batches) {
        logarithms += std::log(print_row(programs, {network, batch, count}, flags));
        rows++;
      }
    }
    means += fmt::format("{}{:.2f} at {} thread{}", means.empty() ? "" : ", ", std::exp(logarithms / rows),
                         count, count > 1 ? "s" : "");
  }
  say("\nGeometric mean of the ratios in training: {}\n", means);
}

}  // namespace reel::apps
