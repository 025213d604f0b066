#include "common/digit_report.h"

#include <fmt/format.h>

#include "common/terminal.h"

namespace reel::apps {
namespace {

constexpr std::size_t kShown = 6;      // digits drawn in the terminal, right and wrong
constexpr std::size_t kPictures = 24;  // mistakes on the page

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
  if (!images.empty()) fmt::print("\n{}\n\n{}", title, draw_images(images, captions, terminal_columns()));
}

}  // namespace

void show_evaluation(const Dataset& dataset, const Evaluation& evaluation) {
  fmt::print("\n{}", evaluation.confusion.text());
  draw("Read right:", dataset, evaluation.first_right(kShown));
  draw("The worst mistakes:", dataset, evaluation.worst_mistakes(kShown));
  fmt::print("\n");
}

void write_digit_report(const std::string& path,
                        const std::vector<std::pair<std::string, std::string>>& facts, const History& history,
                        const Dataset& dataset, const Evaluation& evaluation) {
  ReportPage page("Reel: reading digits");
  page.table(facts);
  if (!history.step_loss.points.empty()) {
    page.heading("Loss");
    page.chart("step", "cross-entropy of a step", {history.step_loss}, true);
    page.heading("Accuracy");
    page.chart("epoch", "share of test images read right", {history.test_accuracy});
    page.heading("Learning rate");
    page.chart("step", "learning rate", {history.learning_rate});
  }
  page.heading("Confusion matrix");
  page.paragraph("Rows are the true digits, columns what the network read.");
  page.confusion(evaluation.confusion, dataset.class_names());
  std::vector<Picture> pictures;
  for (const Prediction& p : evaluation.worst_mistakes(kPictures)) {
    pictures.push_back({image_of(dataset, p.index),
                        fmt::format("{} read as {} ({:.0f}%)", p.label, p.predicted, 100 * p.confidence)});
  }
  if (!pictures.empty()) {
    page.heading("The worst mistakes");
    page.paragraph("The percentage is the probability that the network gave to its answer.");
    page.pictures(pictures);
  }
  page.write(path);
}

}  // namespace reel::apps
