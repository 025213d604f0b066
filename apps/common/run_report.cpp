#include "common/run_report.h"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/run/interrupt.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/terminal.h>

#include "common/evaluation.h"
#include "common/filters.h"
#include "common/output.h"
#include "common/run_metrics.h"
#include "common/terminal.h"

namespace reel::apps {
namespace {

constexpr std::size_t kShown = 6;  // images drawn in the terminal, right and wrong

Tensor image_of(const LabelledImages& dataset, Index index) {
  Tensor image = Tensor::uninitialized(dataset.sample_shape());
  dataset.read(index, image.mutable_values());
  return image;
}

const std::string& class_name(const LabelledImages& dataset, int label) {
  return dataset.class_names()[static_cast<std::size_t>(label)];
}

void draw(const std::string& title, const LabelledImages& dataset,
          const std::vector<Prediction>& predictions) {
  std::vector<Tensor> images;
  std::vector<std::string> captions;
  for (const Prediction& p : predictions) {
    images.push_back(image_of(dataset, p.index));
    captions.push_back(p.predicted == p.label ? class_name(dataset, p.label)
                                              : fmt::format("{} read as {}", class_name(dataset, p.label),
                                                            class_name(dataset, p.predicted)));
  }
  if (!images.empty()) say("\n{}\n\n{}", title, draw_images(images, captions, terminal_columns()));
}

// The terminal draws grey images only.
void show_evaluation(const LabelledImages& dataset, const Evaluation& evaluation) {
  say("\n{}", evaluation.confusion.text());
  if (dataset.sample_shape()[0] == 1) {
    draw("Read right:", dataset, evaluation.first_right(kShown));
    draw("The worst mistakes:", dataset, evaluation.worst_mistakes(kShown));
  }
  say("\n");
}

std::string accuracy_text(const Accuracy& accuracy) {
  return fmt::format("{:.2f}% ({}/{})", 100 * accuracy.value(), accuracy.correct(), accuracy.total());
}

// The first loss is what is minimised; the curves of the second can be compared.
void add_losses(ReportPage& page, const TrainingFlags& flags, const History& history) {
  const std::string smoothing =
      flags.label_smoothing > 0 ? fmt::format(" with label smoothing {}", flags.label_smoothing) : "";
  page.heading("Loss");
  page.chart("step", fmt::format("cross-entropy of a step{}", smoothing), {history.step_loss}, true);
  page.chart(
      "epoch",
      fmt::format("mean cross-entropy of an image{}", smoothing.empty() ? "" : ", without label smoothing"),
      {history.train_cross_entropy, history.test_loss}, true);
  page.paragraph(
      "The training curve is the mean over an epoch in which the network goes on learning, of images as "
      "augmentation, dropout and mixing leave them; the test curve is the network after the epoch, on images "
      "as they are.");
}

void add_curves(ReportPage& page, const TrainingFlags& flags, const History& history) {
  add_losses(page, flags, history);
  page.heading("Accuracy");
  page.chart("epoch", "share of images read right", {history.train_accuracy, history.test_accuracy});
  page.heading("Learning rate");
  page.chart("step", "learning rate of a step", {history.learning_rate});
}

void add_mistakes(ReportPage& page, const LabelledImages& dataset, const Evaluation& evaluation) {
  std::vector<Picture> pictures;
  for (const Prediction& p : evaluation.worst_mistakes(kMistakesShown)) {
    const auto of_label = static_cast<double>(evaluation.probabilities.at(p.index, p.label));
    pictures.push_back({image_of(dataset, p.index),
                        fmt::format("{} ({:.0f}%) read as {} ({:.0f}%)", class_name(dataset, p.label),
                                    100 * of_label, class_name(dataset, p.predicted), 100 * p.confidence)});
  }
  if (pictures.empty()) return;
  page.heading("The worst mistakes");
  page.paragraph("In brackets the probability that the network gave to each.");
  page.pictures(pictures);
}

// A batch of one of the images that the network is for.
Shape input_of(const FinishedRun& run) {
  const Shape& image = run.test.sample_shape();
  return {1, image[0], image[1], image[2]};
}

void add_filters(ReportPage& page, const Module& net) {
  constexpr Index kMost = 64;
  const std::optional<Filters> filters = first_filters(net);
  if (!filters) return;
  const Scalar largest = largest_of(*filters);
  page.heading("Filters of the first layer");
  page.paragraph(
      fmt::format("{}: {}", filters->name,
                  filters->weight.size(1) == 1
                      ? fmt::format("grey is 0, black -{0:.3g}, white {0:.3g}.", largest)
                      : fmt::format("of red, green and blue as much as the weights of these channels "
                                    "say: none is -{0:.3g}, half is 0, all is {0:.3g}.",
                                    largest)));
  page.pictures(pictures_of(*filters, kMost));
}

void add_insides(ReportPage& page, const FinishedRun& run) {
  const RunRecord& record = run.record;
  if (!record.ranges.layers().empty()) {
    page.heading("Layers over time");
    page.paragraph(
        "From the smallest to the largest number; dark, plus and minus the root mean square. The line is "
        "zero, where it is near. Below, the extremes of the last sample.");
    page.ranges(record.ranges);
  }
  if (!record.profile.entries().empty()) {
    page.heading("Time by layer");
    page.paragraph(
        "Of a call, in the training steps since the program was started; an activation that ran together "
        "with the op before it is part of that.");
    page.profile(record.profile);
  }
}

void write_report(const FinishedRun& run, const Evaluation& evaluation) {
  ReportPage page(run.title);
  Facts facts = all_facts(run);
  facts.insert(facts.begin(), {"test accuracy", accuracy_text(evaluation.accuracy)});
  facts.emplace_back("hash of the weights", fmt::format("{:016x}", weights_hash(run.net)));
  page.table(facts);
  page.heading("The network");
  page.network(run.net, input_of(run));
  if (run.record.history.step > 0) add_curves(page, run.flags, run.record.history);
  page.heading("Confusion matrix");
  page.paragraph("Rows are the true classes, columns what the network read.");
  page.confusion(evaluation.confusion, run.test.class_names());
  add_mistakes(page, run.test, evaluation);
  if (!run.training_images.empty()) {
    page.heading("Training images as the network got them");
    page.pictures(run.training_images);
  }
  add_filters(page, run.net);
  add_insides(page, run);
  page.write(run.flags.report);
  say("report in {}\n", printable(run.flags.report));
}

void save_weights(const FinishedRun& run) {
  save(run.net, run.flags.save);
  say("weights in {}\n", printable(run.flags.save));
}

void write_onnx(const FinishedRun& run) {
  export_onnx(run.net, input_of(run), run.flags.onnx);
  say("network in {}\n", printable(run.flags.onnx));
}

}  // namespace

int finish_run(const FinishedRun& run) {
  std::vector<std::string> failures;  // of files, which after a long training shall not cost its result
  const auto note = [&](const char* flag, const std::string& failure) {
    if (!failure.empty()) failures.push_back(fmt::format("{}: {}", flag, failure));
  };
  const auto try_to = [&](const char* flag, const auto& write) {
    try {
      write();
    } catch (const IoError& error) {
      note(flag, error.what());
    }
  };
  note("--checkpoint", run.record.checkpoint_failure);
  if (!run.flags.save.empty()) try_to("--save", [&] { save_weights(run); });
  if (!run.flags.onnx.empty()) try_to("--onnx", [&] { write_onnx(run); });
  if (run.flags.profile) say("\n{}", run.record.profile.text());
  const std::optional<Evaluation> test =
      InterruptGuard::requested() ? std::nullopt : evaluate(run.net, run.test, run.test_views);
  if (test) {
    show_evaluation(run.test, *test);
    if (!run.flags.report.empty()) try_to("--report", [&] { write_report(run, *test); });
    write_metrics(run.record, end_row(run, *test));
    say("weights {:016x}\n", weights_hash(run.net));
    say("test accuracy {}\n", accuracy_text(test->accuracy));
  }
  if (run.record.metrics) note("--metrics", run.record.metrics->failure());
  if (!failures.empty()) throw IoError(fmt::format("{}", fmt::join(failures, "; ")));
  return test ? 0 : InterruptGuard::exit_status();
}

}  // namespace reel::apps
