#include "common/run_report.h"

#include <fmt/format.h>

#include "common/interrupt.h"
#include "common/report.h"
#include "common/terminal.h"

namespace reel::apps {
namespace {

constexpr std::size_t kShown = 6;      // images drawn in the terminal, right and wrong
constexpr std::size_t kPictures = 24;  // mistakes on the page

Tensor image_of(const Dataset& dataset, Index index) {
  Tensor image = Tensor::uninitialized(dataset.sample_shape());
  dataset.read(index, image.values());
  return image;
}

const std::string& class_name(const Dataset& dataset, int label) {
  return dataset.class_names()[static_cast<std::size_t>(label)];
}

void draw(const std::string& title, const Dataset& dataset, const std::vector<Prediction>& predictions) {
  std::vector<Tensor> images;
  std::vector<std::string> captions;
  for (const Prediction& p : predictions) {
    images.push_back(image_of(dataset, p.index));
    captions.push_back(p.predicted == p.label ? class_name(dataset, p.label)
                                              : fmt::format("{} read as {}", class_name(dataset, p.label),
                                                            class_name(dataset, p.predicted)));
  }
  if (!images.empty()) fmt::print("\n{}\n\n{}", title, draw_images(images, captions, terminal_columns()));
}

// The terminal draws grey images only.
void show_evaluation(const Dataset& dataset, const Evaluation& evaluation) {
  fmt::print("\n{}", evaluation.confusion.text());
  if (dataset.sample_shape()[0] == 1) {
    draw("Read right:", dataset, evaluation.first_right(kShown));
    draw("The worst mistakes:", dataset, evaluation.worst_mistakes(kShown));
  }
  fmt::print("\n");
}

std::string accuracy_text(const Accuracy& accuracy) {
  return fmt::format("{:.2f}% ({}/{})", 100 * accuracy.value(), accuracy.correct(), accuracy.total());
}

Facts all_facts(const FinishedRun& run, const Accuracy& accuracy) {
  Facts facts{{"test accuracy", accuracy_text(accuracy)}};
  facts.insert(facts.end(), run.facts.begin(), run.facts.end());
  if (!run.flags.load.empty()) facts.emplace_back("initial weights", run.flags.load);
  const History& history = run.history;
  if (history.step > 0) {
    facts.emplace_back("epochs", fmt::format("{}", run.flags.epochs));
    facts.emplace_back("batch", fmt::format("{}", run.flags.batch));
    facts.emplace_back("training", fmt::format("{:.1f} s, {} steps, {} thread{}", history.seconds,
                                               history.step, num_threads(), num_threads() == 1 ? "" : "s"));
  }
  facts.emplace_back("hash of the weights", fmt::format("{:016x}", weights_hash(run.net)));
  return facts;
}

void add_curves(ReportPage& page, const History& history) {
  page.heading("Loss");
  page.chart("step", "cross-entropy of a step", {history.step_loss}, true);
  page.chart("epoch", "mean cross-entropy of an image", {history.train_loss, history.test_loss}, true);
  page.heading("Accuracy");
  page.chart("epoch", "share of images read right", {history.train_accuracy, history.test_accuracy});
  page.heading("Learning rate");
  page.chart("step", "learning rate", {history.learning_rate});
}

void add_mistakes(ReportPage& page, const Dataset& dataset, const Evaluation& evaluation) {
  std::vector<Picture> pictures;
  for (const Prediction& p : evaluation.worst_mistakes(kPictures)) {
    pictures.push_back(
        {image_of(dataset, p.index), fmt::format("{} read as {} ({:.0f}%)", class_name(dataset, p.label),
                                                 class_name(dataset, p.predicted), 100 * p.confidence)});
  }
  if (pictures.empty()) return;
  page.heading("The worst mistakes");
  page.paragraph("The percentage is the probability that the network gave to its answer.");
  page.pictures(pictures);
}

void write_report(const FinishedRun& run, const Evaluation& evaluation) {
  ReportPage page(run.title);
  page.table(all_facts(run, evaluation.accuracy));
  if (run.history.step > 0) add_curves(page, run.history);
  page.heading("Confusion matrix");
  page.paragraph("Rows are the true classes, columns what the network read.");
  page.confusion(evaluation.confusion, run.test.class_names());
  add_mistakes(page, run.test, evaluation);
  page.write(run.flags.report);
  fmt::print("report in {}\n", run.flags.report);
}

}  // namespace

int finish_run(const FinishedRun& run) {
  if (!run.flags.save.empty()) {
    save(run.net, run.flags.save);
    fmt::print("weights in {}\n", run.flags.save);
  }
  if (InterruptGuard::requested()) return InterruptGuard::exit_status();
  const Evaluation test = evaluate(run.net, run.test, run.test_views);
  show_evaluation(run.test, test);
  if (!run.flags.report.empty()) write_report(run, test);
  fmt::print("weights {:016x}\n", weights_hash(run.net));
  fmt::print("test accuracy {}\n", accuracy_text(test.accuracy));
  return 0;
}

}  // namespace reel::apps
