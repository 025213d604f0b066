#include "common/training_report.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/text/detail/number.h>

#include "common/class_tables.h"
#include "common/filter_strips.h"
#include "common/graph_picture.h"
#include "common/mistakes.h"
#include "common/network_tables.h"
#include "common/range_chart.h"
#include "common/report.h"

namespace reel::apps {
namespace {

constexpr auto kWhole = PanelWidth::kWhole;

Series in_percent(Series series) {
  for (auto& [x, y] : series.points) y *= 100;
  return series;
}

// The first chart has losses that can be compared; what is minimised, which may be another one, comes after it.
void add_losses(ReportPage& page, const TrainingFlags& flags, const History& history) {
  const bool smoothed = flags.label_smoothing > 0;
  page.panel("Loss");
  page.add(line_chart(
      "epoch", fmt::format("mean cross-entropy of an image{}", smoothed ? ", without label smoothing" : ""),
      {history.train_cross_entropy, history.test_loss}, true));
  page.paragraph(
      "The training curve is the mean over an epoch in which the network goes on learning, of images as "
      "augmentation, dropout and mixing leave them; the test curve is the network after the epoch, on images "
      "as they are.");
  page.panel("Accuracy");
  page.add(line_chart("epoch", "images read right, in percent",
                      {in_percent(history.train_accuracy), in_percent(history.test_accuracy)}, false));
  page.panel("Loss of each step");
  page.add(
      line_chart("step",
                 fmt::format("cross-entropy of a step{}",
                             smoothed ? fmt::format(" with label smoothing {}", flags.label_smoothing) : ""),
                 {history.step_loss}, true));
  page.panel("Learning rate");
  page.add(line_chart("step", "learning rate of a step", {history.learning_rate}, false));
}

void add_network(ReportPage& page, const FinishedRun& run) {
  page.panel("The network", kWhole);
  page.add("<div class=\"network\">" + network_picture(run.net, input_of(run)) +
           network_table(summary(run.net, input_of(run))) + "</div>\n");
}

void add_classes(ReportPage& page, const FinishedRun& run, const Evaluation& evaluation) {
  page.panel("Confusion matrix");
  page.paragraph("Rows are the true classes, columns what the network read.");
  page.add(confusion_table(evaluation.confusion, run.test.class_names()));
  page.panel("Recall and precision");
  page.paragraph(
      "Recall is the share of a class's images that were read as it; the bar has those that were missed. "
      "Precision "
      "is the share of the images read as the class that are of it; the bar has those that are not.");
  page.add(recall_table(evaluation.confusion, run.test.class_names()));
}

void add_mistakes(ReportPage& page, const FinishedRun& run, const Evaluation& evaluation) {
  if (evaluation.worst_mistakes(1).empty()) return;
  const std::vector<MistakePage> pages =
      write_mistake_pages(run.net, run.test, run.test_views.front(), evaluation, run.flags.report);
  page.panel("The worst mistakes", kWhole);
  page.paragraph(fmt::format(
      "Of all mistakes those that the network was surest of, with the probabilities that it gave.{}{}",
      pages.empty() ? ""
                    : " The first have a page beside this file: the step that this image alone would make, "
                      "forward and backward, number by number.",
      !pages.empty() && run.test_views.size() > 1
          ? " It has the first view of the image; the probabilities here "
            "are of all views together."
          : ""));
  page.add(mistakes_html(run.test, evaluation, pages));
}

// As it was in the course of the training, and is now.
void add_filters(ReportPage& page, const FinishedRun& run) {
  const std::optional<Filters> filters = first_filters(run.net);
  if (!filters) return;
  std::vector<FilterHistory::Moment> moments = run.record.filters.moments();
  const auto epochs = std::ssize(run.record.history.train_loss.points);
  if (moments.empty() || moments.back().epoch < epochs) moments.push_back({epochs, filters->weight});
  page.panel("Filters of the first layer", kWhole);
  page.add(filter_strips(filters->name, moments));
}

void add_insides(ReportPage& page, const RunRecord& record) {
  if (!record.ranges.layers().empty()) {
    page.panel("Layers over time");
    page.paragraph(
        "From the smallest to the largest number; dark, plus and minus the root mean square. Where zero is "
        "among "
        "or near the numbers, a line marks it. Below, the extremes of the last sample.");
    page.add(range_table(record.ranges));
  }
  if (!record.profile.entries().empty()) {
    page.panel("Time by layer");
    page.paragraph(
        "Of a call, in the training steps since the program was started; an activation that ran together "
        "with the "
        "op before it is part of that.");
    page.add(profile_table(record.profile));
  }
}

}  // namespace

void write_training_report(const FinishedRun& run, const Evaluation& evaluation) {
  ReportPage page(run.title);
  Facts facts = all_facts(run);
  facts.emplace_back("hash of the weights", fmt::format("{:016x}", weights_hash(run.net)));
  page.panel("The run", kWhole);
  page.add(fmt::format("<p class=\"score\"><b>{:.2f}%</b> of {} test images read right</p>\n",
                       100 * evaluation.accuracy.value(), grouped_text(evaluation.accuracy.total())));
  page.facts(facts);
  if (run.record.history.step > 0) add_losses(page, run.flags, run.record.history);
  add_network(page, run);
  add_classes(page, run, evaluation);
  add_mistakes(page, run, evaluation);
  add_filters(page, run);
  if (!run.training_images.empty()) {
    page.panel("Training images as the network got them", kWhole);
    page.add(picture_grid(run.training_images));
  }
  add_insides(page, run.record);
  page.write(run.flags.report);
}

}  // namespace reel::apps
