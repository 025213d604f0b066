// Trains a small network to read digits: on MNIST, or on digits that it draws itself where MNIST is not there.
//
//   mnist --data data                                   MNIST: 99.4% of the 10,000 test images
//   mnist                                               no data: 60,000 generated digits; 99.2% of 10,000 others
//   mnist --generated 60000 --data data --eval mnist    trained on generated digits; 98.1% of the real ones
//   mnist --load lenet.safetensors --data data --eval   no training
//
// The last line is `test accuracy 99.25% (9925/10000)`, the one before a hash of the weights: equal for equal seeds,
// whatever the number of threads.
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <reel/core/io/file.h>
#include <reel/reel.h>

#include "common/digit_models.h"
#include "common/digit_report.h"
#include "common/evaluation.h"
#include "common/interrupt.h"
#include "common/metrics_log.h"
#include "common/program.h"
#include "common/progress.h"

using namespace reel;
using namespace reel::apps;

namespace {

constexpr Index kGeneratedTrain = 60000, kGeneratedTest = 10000;

struct Flags {
  CommonFlags common;
  std::string data, model = "lenet", optimizer = "adamw", save, load, metrics, report;
  std::string evaluate_on;  // "mnist", "generated", or "" for the kind that is trained on
  int epochs = 5;
  Index batch = 64, generated = 0;
  std::optional<double> lr;
  bool train = true;
};

struct Data {
  std::unique_ptr<Dataset> train, test;
  std::string train_name, test_name;
};

void declare_flags(CLI::App& app, Flags& flags) {
  add_common_flags(app, flags.common);
  add_data_flag(app, flags.data);
  app.add_option("--model", flags.model, "Network")
      ->check(CLI::IsMember({"lenet", "cnn", "mlp"}))
      ->capture_default_str();
  app.add_option("--epochs", flags.epochs, "Passes over the training images")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "Images in a step")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
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
      ->check(CLI::Validator(
          [](const std::string& name) {
            const bool known = name.empty() || name == "mnist" || name == "generated";
            return known ? "" : name + " is neither mnist nor generated";
          },
          "[mnist|generated]"));
  app.add_option("--load", flags.load, "Start from the weights of this safetensors file");
  app.add_option("--save", flags.save, "Write the weights to this safetensors file");
  app.add_option("--metrics", flags.metrics, "Write the numbers of the run to this file as JSON lines");
  app.add_option("--report", flags.report, "Write a report to this HTML file");
  app.footer(
      "Example: mnist --data data --epochs 5 --save lenet.safetensors --report lenet.html\n"
      "To fetch MNIST: cmake -D DATASET=mnist -D DIR=data -P datasets/download.cmake");
}

// MNIST where it was asked for or lies in ./data; otherwise, or where asked for, generated digits.
Data open_data(const Flags& flags) {
  const std::string root = flags.data.empty() ? "data" : flags.data;
  const bool mnist_there = !flags.data.empty() || Mnist::available(root);
  const bool train_on_mnist = mnist_there && flags.generated == 0;
  const bool test_on_mnist = flags.evaluate_on == "mnist" || (flags.evaluate_on.empty() && train_on_mnist);
  Data data;
  if (test_on_mnist) {
    data.test = std::make_unique<Mnist>(root, Split::kTest);
    data.test_name = "MNIST";
  } else {
    data.test = std::make_unique<GeneratedDigits>(kGeneratedTest, flags.common.seed + 1);
    data.test_name = "generated digits";
  }
  if (flags.train && train_on_mnist) {
    data.train = std::make_unique<Mnist>(root, Split::kTrain);
    data.train_name = "MNIST";
  } else if (flags.train) {
    const Index count = flags.generated > 0 ? flags.generated : kGeneratedTrain;
    data.train = std::make_unique<GeneratedDigits>(count, flags.common.seed);
    data.train_name = "generated digits";
  }
  if (!mnist_there && flags.generated == 0 && (flags.train || flags.evaluate_on.empty())) {
    fmt::print(
        "No MNIST found: generated digits take its place. To fetch MNIST:\n"
        "  cmake -D DATASET=mnist -D DIR=data -P datasets/download.cmake\n");
  }
  return data;
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, std::vector<Parameter*> parameters) {
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

// One step: record, differentiate, update.
double train_step(Module& net, Optimizer& optimizer, const Batch& batch) {
  Tape tape;
  const Var loss = cross_entropy(net(tape.input(batch.images)), batch.labels, {.label_smoothing = 0.05});
  optimizer.zero_grad();
  tape.backward(loss);
  optimizer.step();
  return static_cast<double>(loss.item());
}

// All epochs, or as many steps as there is time for until Ctrl-C.
void train(Module& net, const Data& data, const Flags& flags, MetricsLog& metrics, History& history) {
  Loader loader{*data.train,
                {.batch = flags.batch, .shuffle = true, .seed = flags.common.seed, .transform = augment()}};
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(flags.optimizer, net.parameters());
  OneCycleLR schedule{*optimizer, {.max_lr = max_lr(flags), .total_steps = flags.epochs * loader.size()}};
  Index step = 0;
  for (int epoch = 1; epoch <= flags.epochs; epoch++) {
    Progress progress(fmt::format("epoch {}/{}", epoch, flags.epochs), data.train->size());
    Mean loss;
    for (const Batch& batch : loader) {
      const auto count = std::ssize(batch.labels);
      history.learning_rate.points.emplace_back(++step, optimizer->lr());
      const double step_loss = train_step(net, *optimizer, batch);
      schedule.step();
      loss.add(step_loss, count);
      history.step_loss.points.emplace_back(step, step_loss);
      progress.advance(count, loss.value());
      if (InterruptGuard::requested()) {
        progress.finish(fmt::format("interrupted after step {}", step));
        return;
      }
    }
    history.seconds += progress.seconds();
    history.images += data.train->size();
    const Evaluation test = evaluate(net, *data.test, standardize());
    history.test_accuracy.points.emplace_back(epoch, test.accuracy.value());
    progress.finish(
        fmt::format("loss {:.4f}  test accuracy {:.2f}%", loss.value(), 100 * test.accuracy.value()));
    metrics.write({{"epoch", std::int64_t{epoch}},
                   {"step", step},
                   {"loss", loss.value()},
                   {"lr", optimizer->lr()},
                   {"test_loss", test.loss.value()},
                   {"test_accuracy", test.accuracy.value()},
                   {"images_per_second", progress.rate()}});
  }
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts facts_of(const Flags& flags, const Module& net, const Data& data, const History& history,
               const Accuracy& test) {
  Facts facts{
      {"test accuracy", fmt::format("{:.2f}% ({}/{})", 100 * test.value(), test.correct(), test.total())},
      {"tested on", fmt::format("{} {}", data.test->size(), data.test_name)},
      {"network", flags.model}};
  if (!flags.load.empty()) facts.emplace_back("initial weights", flags.load);
  if (flags.train) {
    facts.emplace_back("trained on", fmt::format("{} {}", data.train->size(), data.train_name));
    facts.emplace_back("optimiser", fmt::format("{}, one-cycle to {}", flags.optimizer, max_lr(flags)));
    facts.emplace_back("epochs", fmt::format("{}", flags.epochs));
    facts.emplace_back("batch", fmt::format("{}", flags.batch));
    facts.emplace_back("seed", fmt::format("{}", flags.common.seed));
    facts.emplace_back("training", fmt::format("{:.1f} s, {:.0f} images/s, {} thread{}", history.seconds,
                                               static_cast<double>(history.images) / history.seconds,
                                               num_threads(), num_threads() == 1 ? "" : "s"));
  }
  facts.emplace_back("hash of the weights", fmt::format("{:016x}", weights_hash(net)));
  return facts;
}

// Before an hour of training rather than after.
void check_outputs(const Flags& flags) {
  for (const std::string& path : {flags.save, flags.report}) {
    if (!path.empty()) check_writable(path);
  }
}

int run(const Flags& flags) {
  apply_common_flags(flags.common);
  const Data data = open_data(flags);
  const std::unique_ptr<Module> net = make_digit_model(flags.model);
  if (!flags.load.empty()) load(*net, flags.load);
  check_outputs(flags);
  MetricsLog metrics(flags.metrics);
  fmt::print("{}\n", summary(*net, {1, 1, 28, 28}).text());

  History history;
  const InterruptGuard interrupt;
  if (flags.train) train(*net, data, flags, metrics, history);
  if (!flags.save.empty()) {
    save(*net, flags.save);
    fmt::print("weights in {}\n", flags.save);
  }
  if (InterruptGuard::requested()) return InterruptGuard::exit_status();

  const Evaluation test = evaluate(*net, *data.test, standardize());
  show_evaluation(*data.test, test);
  if (!flags.report.empty()) {
    write_digit_report(flags.report, facts_of(flags, *net, data, history, test.accuracy), history, *data.test,
                       test);
    fmt::print("report in {}\n", flags.report);
  }
  fmt::print("weights {:016x}\n", weights_hash(*net));
  fmt::print("test accuracy {:.2f}% ({}/{})\n", 100 * test.accuracy.value(), test.accuracy.correct(),
             test.accuracy.total());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a small network to read handwritten digits and says how well it does.", "mnist"};
  Flags flags;
  declare_flags(app, flags);
  return run_program(app, argc, argv, [&] {
    if (app.count("--eval") > 0) flags.train = app.count("--epochs") > 0 || app.count("--generated") > 0;
    if (!flags.train && flags.load.empty()) {
      throw UsageError("--eval alone needs --load FILE (or --epochs or --generated to train first)");
    }
    return run(flags);
  });
}
