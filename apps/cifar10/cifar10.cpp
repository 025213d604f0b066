// Trains a network to tell the ten classes of CIFAR-10 apart.
//
//   cifar10 --data data                               the fast recipe
//   cifar10 --data data --recipe tutorial             PyTorch's tutorial: two epochs in batches of four
//   cifar10 --data data --recipe accurate --checkpoint runs/accurate [--resume]
//   cifar10 --data data --holdout 5                   tests on data_batch_5, trains on the other four
//   cifar10 --data data --load net.safetensors --eval
//
// The last line is `test accuracy 94.00% (9400/10000)`, the one before a hash of the weights: equal for equal
// seeds, whatever the number of threads.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <reel/datasets/detail/download_command.h>
#include <reel/reel.h>

#include "cifar10/networks.h"
#include "cifar10/recipes.h"
#include "cifar10/whitening.h"
#include "common/evaluation.h"
#include "common/load_weights.h"
#include "common/output.h"
#include "common/program.h"
#include "common/run_metrics.h"
#include "common/run_report.h"
#include "common/settings.h"
#include "common/trainer.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct Flags {
  CommonFlags common;
  std::string data = "data", recipe_name = "fast";
  Recipe recipe;
  int holdout = 0;  // a training batch to test on; 0: none
  bool evaluate_only = false, show = false;
};

// The recipe is known before the other flags are declared, for it gives their defaults.
std::string recipe_name_of(int argc, char** argv) {
  CLI::App app;
  app.allow_extras();
  app.set_help_flag();
  std::string name = "fast";
  app.add_option("--recipe", name);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError&) {  // which the real command line will say again
  }
  return std::ranges::count(recipe_names(), name) > 0 ? name : "fast";
}

void declare_flags(CLI::App& app, Flags& flags) {
  app.add_option("--recipe", flags.recipe_name, "Network, optimiser, schedule and augmentation together")
      ->check(CLI::IsMember(recipe_names()))
      ->capture_default_str();
  add_common_flags(app, flags.common);
  add_data_flag(app, flags.data)->capture_default_str();
  app.add_option("--holdout", flags.holdout, "Test on this training batch, and train on the others")
      ->check(CLI::Range(1, 5));
  app.add_flag("--eval", flags.evaluate_only, "Evaluate the weights of --load; no training")
      ->group(kHowItRuns);
  app.add_flag("--show", flags.show, "Show augmented training images in the report")->group(kHowItRuns);
  add_recipe_flags(app, flags.recipe);
  app.footer(
      "Example: cifar10 --data data --recipe fast --epochs 5 --save net.safetensors --report run.html\n"
      "The defaults are those of the recipe that --recipe names.\n"
      "To fetch CIFAR-10: " +
      download_command("cifar10", "data"));
}

struct Data {
  Cifar10 train, test;
};

Data open_data(const Flags& flags) {
  if (flags.holdout == 0) return {Cifar10(flags.data), Cifar10(flags.data, Split::kTest)};
  Cifar10Options rest;
  std::erase(rest.batches, flags.holdout);
  return {Cifar10(flags.data, Split::kTrain, rest),
          Cifar10(flags.data, Split::kTrain, {.batches = {flags.holdout}})};
}

LoaderOptions loader_options(const Flags& flags) {
  return {.batch = flags.recipe.training.batch,
          .shuffle = true,
          .seed = flags.common.seed,
          .transform = training_transform(flags.recipe),
          .mixup = flags.recipe.mixup};
}

// Other images of the same number are another set.
std::string setting_of(const Cifar10& images) {
  return fmt::format("{} images, checksum {:08x}", images.size(), images.checksum());
}

void train(Module& net, const Data& data, const Flags& flags, Settings& settings, RunRecord& record) {
  const Recipe& recipe = flags.recipe;
  if (auto* fast = dynamic_cast<FastNet*>(&net); fast && recipe.training.load.empty())
    set_whitening_filters(*fast, data.train, test_views(recipe).front());
  Loader loader{data.train, loader_options(flags)};
  const Index steps_an_epoch = (loader.size() - 1) / recipe.training.accumulate + 1;
  const auto optimizer = make_optimizer(recipe, net);
  const auto schedule = make_schedule(recipe, *optimizer, recipe.training.epochs * steps_an_epoch);
  if (!looks_ahead(recipe)) settings.allow_more("--epochs");
  Trainer trainer({net, *optimizer, *schedule, loader, data.test, test_views(recipe).front(), settings},
                  recipe.training, record);
  trainer.run();
}

// Of the first batch of the training.
std::vector<Picture> augmented_images(const Dataset& train, const Flags& flags) {
  constexpr Index kMost = 48;
  Loader loader{train, loader_options(flags)};
  const Batch batch = *loader.begin();
  std::vector<Picture> pictures;
  for (Index i = 0; i < std::min(kMost, batch.images.size(0)); i++) {
    const int label = batch.labels[static_cast<std::size_t>(i)];
    pictures.push_back({picture_of(batch.images, i), train.class_names()[static_cast<std::size_t>(label)]});
  }
  return pictures;
}

Facts facts_of(const Flags& flags, const Data& data) {
  Facts facts{{"tested on", flags.holdout == 0 ? fmt::format("{} test images", data.test.size())
                                               : fmt::format("{} images of data_batch_{}, held out",
                                                             data.test.size(), flags.holdout)},
              {"network", flags.recipe.network}};
  if (flags.evaluate_only) return facts;
  facts.emplace_back("recipe", flags.recipe_name);
  facts.emplace_back("trained on", fmt::format("{} images", data.train.size()));
  facts.emplace_back("optimiser", fmt::format("{}, {} from {}", flags.recipe.optimizer, flags.recipe.schedule,
                                              flags.recipe.lr));
  facts.emplace_back("seed", fmt::format("{}", flags.common.seed));
  return facts;
}

std::vector<std::filesystem::path> files_of(const Data& data) {
  std::vector<std::filesystem::path> files = data.train.files();
  files.insert(files.end(), data.test.files().begin(), data.test.files().end());
  return files;
}

int run(Flags flags, Settings settings) {
  apply_common_flags(flags.common);
  check_recipe(flags.recipe);
  share_work(flags.recipe.training, settings);
  const Data data = open_data(flags);
  share_data(settings, flags.evaluate_only ? std::nullopt : std::optional(setting_of(data.train)),
             setting_of(data.test));
  check_files(flags.recipe.training, files_of(data));
  const std::unique_ptr<Module> net = make_network(flags.recipe.network);
  if (flags.evaluate_only) load_weights(*net, flags.recipe.training.load);
  print_text("{}\n", summary(*net, {1, 3, 32, 32}).text());
  const InterruptGuard interrupt;
  RunRecord record;
  if (!flags.evaluate_only) {
    train(*net, data, flags, settings, record);
  } else {
    open_metrics(record, flags.recipe.training.metrics);
  }
  return finish_run({*net, data.test, test_views(flags.recipe), flags.recipe.training, record, "CIFAR-10",
                     facts_of(flags, data),
                     flags.show ? augmented_images(data.train, flags) : std::vector<Picture>{}});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a network on the photographs of CIFAR-10 and says how well it does.", "cifar10"};
  Flags flags;
  flags.recipe_name = recipe_name_of(argc, argv);
  flags.recipe = recipe(flags.recipe_name);
  declare_flags(app, flags);
  return run_program(app, argc, argv, [&] {
    if (flags.show && flags.recipe.training.report.empty())
      throw UsageError("--show needs --report FILE.html");
    if (flags.evaluate_only && flags.recipe.training.load.empty())
      throw UsageError("--eval needs --load FILE");
    return run(flags, Settings(app));
  });
}
