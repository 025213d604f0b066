// Measures how fast Reel trains small CNNs.
//
//   bench models --threads 1                   six networks: images/s in training and in inference
//   bench models --only resnet20 --json        one of them, as a line of JSON
//
// Close other programs first: the numbers are times on a clock.
#include "models.h"

#include "common/program.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct ModelFlags {
  std::string only;
  Index batch = 0;
  bool json = false;
};

CLI::App* declare_models(CLI::App& app, ModelFlags& flags) {
  CLI::App* models = app.add_subcommand("models", "Training steps and inference of the six networks");
  std::vector<std::string> names;
  for (const Network& network : networks()) names.push_back(network.name);
  models->add_option("--only", flags.only, "Just this network")->check(CLI::IsMember(names));
  models->add_option("--batch", flags.batch, "Images in a step, instead of each network's own")
      ->check(CLI::Range(1, 1 << 16));
  models->add_flag("--json", flags.json, "A line of JSON for each measurement");
  return models;
}

int run_models(const ModelFlags& flags) {
  if (!flags.json) print_model_header();
  for (const Network& network : networks()) {
    if (!flags.only.empty() && flags.only != network.name) continue;
    for (const Index batch : flags.batch > 0 ? std::vector<Index>{flags.batch} : network.batches) {
      const ModelTime time = time_model(network, batch);
      flags.json ? print_json(time) : print_row(time);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures how fast Reel trains small CNNs.", "bench"};
  app.require_subcommand(1);
  CommonFlags common;
  add_common_flags(app, common);
  app.fallthrough();
  ModelFlags models;
  CLI::App* const models_command = declare_models(app, models);
  return run_program(app, argc, argv, [&] {
    apply_common_flags(common);
    if (models_command->parsed()) return run_models(models);
    return 0;
  });
}
