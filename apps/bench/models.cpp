#include "models.h"

#include <fmt/format.h>

#include "common/output.h"
#include "timing.h"

namespace reel::apps {
namespace {

void print_json(const ModelTime& t) {
  print_text(
      "{{\"peer\":\"{}\",\"model\":\"{}\",\"batch\":{},\"threads\":{},\"parameters\":{},\"train_ms\":{:.4f},"
      "\"train_img_s\":{:.1f},\"infer_img_s\":{:.1f},\"loss\":{:.4f}}}\n",
      t.peer, t.model, t.batch, t.threads, t.parameters, t.train_seconds * 1e3,
      static_cast<double>(t.batch) / t.train_seconds, static_cast<double>(t.batch) / t.infer_seconds, t.loss);
}

void print_header() {
  print_text("{:<20} {:>5} {:>7} {:>10} {:>14} {:>18} {:>8}\n", "network", "batch", "threads", "step ms",
             "train images/s", "inference images/s", "loss");
}

void print_row(const ModelTime& t) {
  print_text("{:<20} {:>5} {:>7} {:>10.3f} {:>14.0f} {:>18.0f} {:>8.4f}\n", t.model, t.batch, t.threads,
             t.train_seconds * 1e3, static_cast<double>(t.batch) / t.train_seconds,
             static_cast<double>(t.batch) / t.infer_seconds, t.loss);
}

}  // namespace

void time_training(ModelTime& time, const std::function<double()>& step) {
  constexpr double kWindow = 0.3;  // seconds
  constexpr int kLossStep = 6;     // the slowest machine gets as far: a warm-up and five windows
  int steps = 0;
  time.train_seconds = best_seconds(
      [&] {
        const double loss = step();
        if (++steps == kLossStep) time.loss = loss;
      },
      kWindow);
}

void time_inference(ModelTime& time, const std::function<void()>& forward) {
  constexpr double kWindow = 0.1;  // seconds
  time.infer_seconds = best_seconds(forward, kWindow);
}

void add_only_network_flag(CLI::App& app, std::string& only) {
  std::vector<std::string> names;
  for (const Network& network : networks()) names.push_back(network.name);
  app.add_option("--only", only, "Just this network")->check(CLI::IsMember(names));
}

void add_model_flags(CLI::App& app, ModelFlags& flags) {
  add_only_network_flag(app, flags.only);
  app.add_option("--batch", flags.batch, "Images in a step, instead of each network's own")
      ->check(CLI::Range(1, 1 << 16));
  app.add_flag("--json", flags.json, "A line of JSON for each measurement");
}

void run_models(const ModelFlags& flags,
                const std::function<ModelTime(const Network&, Index batch)>& time_model) {
  if (!flags.json) print_header();
  for (const Network& network : networks()) {
    if (!flags.only.empty() && flags.only != network.name) continue;
    for (const Index batch : flags.batch > 0 ? std::vector<Index>{flags.batch} : network.batches) {
      const ModelTime time = time_model(network, batch);
      flags.json ? print_json(time) : print_row(time);
    }
  }
}

}  // namespace reel::apps
