// Trains a small network to read digits: on MNIST, or, where that is not there, on digits that it draws.
//
//   mnist --data data                                   MNIST: 99.4% of the 10,000 test images
//   mnist                                               no data: 60,000 generated digits; 99% of others
//   mnist --generated 60000 --data data --eval mnist    trained on generated digits; 98% of the real ones
//   mnist --load lenet.safetensors --data data --eval   no training
//
// The last line is `test accuracy 99.25% (9925/10000)`, the one before a hash of the weights: equal for equal
// seeds, whatever the number of threads.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <reel/datasets/detail/download_command.h>
#include <reel/reel.h>

#include "common/digit_models.h"
#include "common/load_weights.h"
#include "common/output.h"
#include "common/program.h"
#include "common/run_metrics.h"
#include "common/run_report.h"
#include "common/settings.h"
#include "common/trainer.h"
#include "common/training_flags.h"

using namespace reel;
using namespace reel::apps;

namespace {

constexpr Index kGeneratedTrain = 60000, kGeneratedTest = 10000;

struct Flags {
  CommonFlags common;
  TrainingFlags training{.label_smoothing = 0.05};
  std::string data, model = "lenet", optimizer = "adamw";
  std::string evaluate_on;  // "mnist", "generated", or "" for the kind that is trained on
  Index generated = 0;
  std::optional<double> lr;
  double dropout = 0;
  bool train = true;
};

// A data set and what it is called; the files that it was read from, if any, and their checksum.
struct Images {
  std::unique_ptr<LabelledImages> dataset;
  std::string name;
  std::vector<std::filesystem::path> files = {};
  std::optional<std::uint32_t> checksum = {};
};

struct Data {
  Images train, test;  // the first is empty where nothing is trained
};

void declare_flags(CLI::App& app, Flags& flags) {
  add_common_flags(app, flags.common);
  add_data_flag(app, flags.data);
  app.add_option("--model", flags.model, "Network")
      ->check(CLI::IsMember({"lenet", "cnn", "mlp"}))
      ->capture_default_str();
  app.add_option("--dropout", flags.dropout, "Share of the last hidden units that is dropped while training")
      ->check(number_in(0, 0.99))
      ->capture_default_str();
  add_training_flags(app, flags.training);
  app.add_option("--lr", flags.lr, "Largest learning rate of the one-cycle schedule")
      ->check(positive_number());
  app.add_option("--optimizer", flags.optimizer, "Optimiser")
      ->check(CLI::IsMember({"adam", "adamw", "sgd", "rmsprop"}))
      ->capture_default_str();
  app.add_option("--generated", flags.generated, "Train on this many generated digits")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--eval", flags.evaluate_on,
                 "Evaluate on mnist or generated; trains only where --epochs or --generated is given")
      ->expected(0, 1)
      ->group(kHowItRuns)
      ->check(CLI::Validator(
          [](const std::string& name) {
            const bool known = name.empty() || name == "mnist" || name == "generated";
            return known ? "" : name + " is neither mnist nor generated";
          },
          "[mnist|generated]"));
  app.footer(
      "Example: mnist --data data --epochs 5 --save lenet.safetensors --report lenet.html\n"
      "To fetch MNIST: " +
      download_command("mnist", "data"));
}

Images open_mnist(const std::string& root, Split split) {
  auto mnist = std::make_unique<Mnist>(root, split);
  std::vector<std::filesystem::path> files = mnist->files();
  const std::uint32_t checksum = mnist->checksum();
  return {std::move(mnist), "MNIST", std::move(files), checksum};
}

Images generate(Index count, std::uint64_t seed, Split split) {
  return {std::make_unique<GeneratedDigits>(count, seed, split), "generated digits"};
}

// MNIST where it was asked for or anything of it lies in ./data; otherwise, or where asked for, generated
// digits.
Data open_data(const Flags& flags) {
  const std::string root = flags.data.empty() ? "data" : flags.data;
  const bool mnist_there = !flags.data.empty() || Mnist::available(root);
  const bool train_on_mnist = mnist_there && flags.generated == 0;
  const bool test_on_mnist = flags.evaluate_on == "mnist" || (flags.evaluate_on.empty() && train_on_mnist);
  const std::uint64_t seed = flags.common.seed;
  Data data;
  data.test = test_on_mnist ? open_mnist(root, Split::kTest) : generate(kGeneratedTest, seed, Split::kTest);
  if (flags.train) {
    const Index count = flags.generated > 0 ? flags.generated : kGeneratedTrain;
    data.train = train_on_mnist ? open_mnist(root, Split::kTrain) : generate(count, seed, Split::kTrain);
  }
  if (!mnist_there && flags.generated == 0 && (flags.train || flags.evaluate_on.empty())) {
    print_text("No MNIST found: generated digits take its place. To fetch MNIST:\n  {}\n",
               download_command("mnist", "data"));
  }
  return data;
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name,
                                          const Located<std::vector<Parameter*>>& parameters) {
  if (name == "adam") return std::make_unique<Adam>(parameters, AdamOptions{});
  if (name == "sgd") return std::make_unique<SGD>(parameters, SGDOptions{.momentum = 0.9});
  if (name == "rmsprop") return std::make_unique<RMSProp>(parameters, RMSPropOptions{});
  return std::make_unique<AdamW>(parameters, AdamWOptions{.weight_decay = 0.05});
}

double max_lr(const Flags& flags) {
  if (flags.lr) return *flags.lr;
  if (flags.optimizer == "sgd") return 0.1;
  if (flags.optimizer == "rmsprop") return 1e-3;
  return 6e-3;
}

// With the mean and deviation of MNIST's training pixels.
Transform standardize() { return normalize({0.1307}, {0.3081}); }

// Of training images: moved by up to a pixel each way.
Transform augment() { return compose({random_crop({.padding = 1}), standardize()}); }

std::string described(const Images& images) {
  return fmt::format("{} {}", images.dataset->size(), images.name);
}

// Other images of the same number are another set. Digits are generated by --seed, a setting of its own.
std::string setting_of(const Images& images) {
  return described(images) + (images.checksum ? fmt::format(", checksum {:08x}", *images.checksum) : "");
}

void train(Module& net, const Data& data, const Flags& flags, Settings& settings, RunRecord& record) {
  const TrainingFlags& training = flags.training;
  Loader loader{
      *data.train.dataset,
      {.batch = training.batch, .shuffle = true, .seed = flags.common.seed, .transform = augment()}};
  const Index steps_an_epoch = (loader.size() - 1) / training.accumulate + 1;
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(flags.optimizer, net.parameters());
  OneCycleLR schedule{*optimizer, {.max_lr = max_lr(flags), .total_steps = training.epochs * steps_an_epoch}};
  Trainer trainer({net, *optimizer, schedule, loader, *data.test.dataset, standardize(), settings}, training,
                  record);
  trainer.run();
}

Facts facts_of(const Flags& flags, const Data& data) {
  Facts facts{{"tested on", described(data.test)}, {"network", flags.model}};
  if (!flags.train) return facts;
  facts.emplace_back("trained on", described(data.train));
  facts.emplace_back("optimiser", fmt::format("{}, one-cycle to {}", flags.optimizer, max_lr(flags)));
  facts.emplace_back("seed", fmt::format("{}", flags.common.seed));
  return facts;
}

std::vector<std::filesystem::path> files_of(const Data& data) {
  std::vector<std::filesystem::path> files = data.train.files;
  files.insert(files.end(), data.test.files.begin(), data.test.files.end());
  return files;
}

int run(Flags flags, Settings settings) {
  apply_common_flags(flags.common);
  settings.set_before("--dropout", "0");
  share_work(flags.training, settings);
  const Data data = open_data(flags);
  share_data(settings, flags.train ? std::optional(setting_of(data.train)) : std::nullopt,
             setting_of(data.test));
  check_files(flags.training, files_of(data));
  const std::unique_ptr<DigitModel> net = make_digit_model(flags.model);
  net->dropped = flags.dropout;
  if (!flags.train) load_weights(*net, flags.training.load);
  print_text("{}\n", summary(*net, {1, 1, 28, 28}).text());
  const InterruptGuard interrupt;
  RunRecord record;
  if (flags.train) {
    train(*net, data, flags, settings, record);
  } else {
    open_metrics(record, flags.training.metrics);
  }
  return finish_run({*net,
                     *data.test.dataset,
                     {standardize()},
                     flags.training,
                     record,
                     "Reading digits",
                     facts_of(flags, data)});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a small network to read handwritten digits and says how well it does.", "mnist"};
  Flags flags;
  declare_flags(app, flags);
  return run_program(app, argc, argv, [&] {
    if (app.count("--eval") > 0) flags.train = app.count("--epochs") > 0 || app.count("--generated") > 0;
    if (!flags.train && flags.training.load.empty()) {
      throw UsageError("--eval alone needs --load FILE (or --epochs or --generated to train first)");
    }
    return run(flags, Settings(app));
  });
}
