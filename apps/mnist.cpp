// Trains a small network to read digits: on MNIST, or on digits that it draws itself where MNIST is not there.
//
//   mnist --data data                                    5 epochs of LeNet-5: 99.2% of the 10,000 test images
//   mnist                                                no data: generated digits, 98% and more of 10,000 others
//   mnist --generated 60000 --data data --eval mnist     trained on generated digits only, read on the real ones
//   mnist --load lenet.safetensors --data data --eval    no training
//
// The last line is `test accuracy 99.25% (9925/10000)`, the one before a hash of the weights: equal for equal seeds,
// whatever the number of threads.
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <reel/reel.h>

#include "common/digit_models.h"
#include "common/evaluation.h"
#include "common/interrupt.h"
#include "common/metrics_log.h"
#include "common/program.h"
#include "common/progress.h"
#include "common/report.h"
#include "common/terminal.h"

using namespace reel;
using namespace reel::apps;

namespace {

constexpr Index kGeneratedTrain = 60000, kGeneratedTest = 10000;
constexpr std::size_t kShown = 5;      // digits drawn in the terminal, right and wrong
constexpr std::size_t kPictures = 24;  // mistakes on the report page

struct Flags {
  CommonFlags common;
  std::string data, model = "lenet", optimizer = "adam", save, load, metrics, report;
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
  app.add_option("--model", flags.model, "Network")->check(CLI::IsMember({"lenet", "cnn", "mlp"}))->capture_default_str();
  app.add_option("--epochs", flags.epochs, "Passes over the training images")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "Images in a step")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  app.add_option("--lr", flags.lr, "Largest learning rate of the one-cycle schedule")->check(CLI::PositiveNumber);
  app.add_option("--optimizer", flags.optimizer, "Optimiser")
      ->check(CLI::IsMember({"adam", "adamw", "sgd", "rmsprop"}))
      ->capture_default_str();
  app.add_option("--generated", flags.generated, "Train on this many generated digits")
      ->check(CLI::Range(Index{1}, Index{1} << 40));
  app.add_option("--eval", flags.evaluate_on,
                 "Evaluate on mnist or generated; trains only where --epochs or --generated is given")
      ->expected(0, 1)
      ->check(CLI::IsMember({"mnist", "generated", ""}));
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
  const bool train_on_mnist = mnist_there && flags.generated == 0 && flags.evaluate_on != "generated";
  const bool test_on_mnist = flags.evaluate_on == "mnist" || (flags.evaluate_on.empty() && train_on_mnist);
  Data data;
  const std::uint64_t seed = flags.common.seed;
  if (flags.train) {
    if (train_on_mnist) {
      data.train = std::make_unique<Mnist>(root, Split::kTrain);
      data.train_name = "MNIST";
    } else {
      const Index count = flags.generated > 0 ? flags.generated : kGeneratedTrain;
      data.train = std::make_unique<GeneratedDigits>(count, seed);
      data.train_name = "generated digits";
    }
  }
  if (test_on_mnist) {
    data.test = std::make_unique<Mnist>(root, Split::kTest);
    data.test_name = "MNIST";
  } else {
    data.test = std::make_unique<GeneratedDigits>(kGeneratedTest, seed + 1);
    data.test_name = "generated digits";
  }
  if (!mnist_there && flags.generated == 0) {
    fmt::print("No MNIST found: training on generated digits. To fetch MNIST:\n"
               "  cmake -D DATASET=mnist -D DIR=data -P datasets/download.cmake\n");
  }
  return data;
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, std::vector<Parameter*> parameters) {
  if (name == "adamw") return std::make_unique<AdamW>(parameters, AdamWOptions{});
  if (name == "sgd") return std::make_unique<SGD>(parameters, SGDOptions{.momentum = 0.9});
  if (name == "rmsprop") return std::make_unique<RMSProp>(parameters, RMSPropOptions{});
  return std::make_unique<Adam>(parameters, AdamOptions{});
}

double default_lr(const std::string& optimizer) {
  if (optimizer == "sgd") return 0.1;
  if (optimizer == "rmsprop") return 1e-3;
  return 4e-3;
}

Transform standardize() { return normalize({0.1307}, {0.3081}); }  // mean and deviation of MNIST's training pixels

struct History {
  Series step_loss{"training loss, mean of a step", {}};
  Series test_accuracy{"test accuracy", {}};
  Series learning_rate{"learning rate", {}};
  double seconds = 0;
  Index images = 0;
};

// One step: record, differentiate, update.
double train_step(Module& net, Optimizer& optimizer, const Batch& batch) {
  Tape tape;
  const Var loss = cross_entropy(net(tape.input(batch.images)), batch.labels);
  optimizer.zero_grad();
  tape.backward(loss);
  optimizer.step();
  return static_cast<double>(loss.item());
}

// Returns false where Ctrl-C ended it.
bool train(Module& net, const Data& data, const Flags& flags, MetricsLog& metrics, History& history) {
  Loader loader{*data.train, {.batch = flags.batch, .shuffle = true, .seed = flags.common.seed, .transform = standardize()}};
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(flags.optimizer, net.parameters());
  const double max_lr = flags.lr.value_or(default_lr(flags.optimizer));
  OneCycleLR schedule{*optimizer, {.max_lr = max_lr, .total_steps = flags.epochs * loader.size()}};
  const InterruptGuard interrupt;
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
        return false;
      }
    }
    history.seconds += progress.seconds();
    history.images += data.train->size();
    const Evaluation test = evaluate(net, *data.test, standardize());
    history.test_accuracy.points.emplace_back(epoch, test.accuracy.value());
    progress.finish(fmt::format("loss {:.4f}  test accuracy {:.2f}%", loss.value(), 100 * test.accuracy.value()));
    metrics.write({{"epoch", std::int64_t{epoch}}, {"step", step}, {"loss", loss.value()}, {"lr", optimizer->lr()},
                   {"test_loss", test.loss.value()}, {"test_accuracy", test.accuracy.value()},
                   {"images_per_second", progress.rate()}});
  }
  return true;
}

Tensor image_of(const Dataset& dataset, Index index) {
  Tensor image = Tensor::uninitialized(dataset.sample_shape());
  dataset.read(index, image.values());
  return image;
}

void draw(const std::string& title, const Dataset& dataset, const std::vector<Prediction>& predictions) {
  std::vector<Tensor> images;
  std::vector<std::string> captions;
  for (const Prediction& p : predictions) {
    images.push_back(image_of(dataset, p.index));
    captions.push_back(p.predicted == p.label ? fmt::format("{}", p.label)
                                              : fmt::format("{} read as {}", p.label, p.predicted));
  }
  if (!images.empty()) fmt::print("\n{}\n{}", title, draw_images(images, captions));
}

void write_report(const Flags& flags, Module& net, const Data& data, const History& history, const Evaluation& test) {
  ReportPage page("Reel: reading digits");
  page.table({{"test accuracy", fmt::format("{:.2f}% ({}/{})", 100 * test.accuracy.value(), test.accuracy.correct(),
                                            test.accuracy.total())},
              {"tested on", data.test_name},
              {"trained on", data.train ? fmt::format("{} {}", data.train->size(), data.train_name) : flags.load},
              {"network", flags.model},
              {"optimiser", fmt::format("{}, one-cycle to {}", flags.optimizer,
                                        flags.lr.value_or(default_lr(flags.optimizer)))},
              {"epochs, batch, seed", fmt::format("{}, {}, {}", flags.train ? flags.epochs : 0, flags.batch,
                                                  flags.common.seed)},
              {"training", fmt::format("{:.1f} s, {:.0f} images/s on {} threads", history.seconds,
                                       static_cast<double>(history.images) / std::max(history.seconds, 1e-9),
                                       num_threads())},
              {"weights", fmt::format("{:016x}", weights_hash(net))}});
  if (!history.step_loss.points.empty()) {
    page.heading("Loss");
    page.chart("step", "cross-entropy", {history.step_loss}, true);
    page.heading("Accuracy");
    page.chart("epoch", "share of test images read right", {history.test_accuracy});
    page.heading("Learning rate");
    page.chart("step", "learning rate", {history.learning_rate});
  }
  page.heading("Confusion matrix");
  page.paragraph("Rows are the true digits, columns what the network read.");
  page.confusion(test.confusion, data.test->class_names());
  page.heading("The worst mistakes");
  std::vector<Picture> pictures;
  for (const Prediction& p : test.worst_mistakes(kPictures)) {
    pictures.push_back({image_of(*data.test, p.index),
                        fmt::format("{} read as {} ({:.0f}%)", p.label, p.predicted, 100 * p.confidence)});
  }
  page.pictures(pictures);
  page.write(flags.report);
  fmt::print("report in {}\n", flags.report);
}

int run(const Flags& flags) {
  apply_common_flags(flags.common);
  MetricsLog metrics(flags.metrics);
  const Data data = open_data(flags);
  const std::unique_ptr<Module> net = make_digit_model(flags.model);
  if (!flags.load.empty()) load(*net, flags.load);
  fmt::print("{}\n", summary(*net, {1, 1, 28, 28}).text());
  History history;
  const bool finished = !flags.train || train(*net, data, flags, metrics, history);
  if (!flags.save.empty()) {
    save(*net, flags.save);
    fmt::print("weights in {}\n", flags.save);
  }
  if (!finished) return 130;  // as the shell says of a program that Ctrl-C ended

  const Evaluation test = evaluate(*net, *data.test, standardize());
  fmt::print("\n{}", test.confusion.text());
  draw("Read right:", *data.test, test.first_right(kShown));
  draw("Read wrong:", *data.test, test.worst_mistakes(kShown));
  fmt::print("\n");
  if (!flags.report.empty()) write_report(flags, *net, data, history, test);
  fmt::print("weights {:016x}\n", weights_hash(*net));
  fmt::print("test accuracy {:.2f}% ({}/{})\n", 100 * test.accuracy.value(), test.accuracy.correct(), test.accuracy.total());
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
