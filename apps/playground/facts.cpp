#include "playground/facts.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <reel/core/text/detail/base64.h>
#include <reel/core/text/detail/say.h>

#include "common/sample.h"

namespace reel::playground {
namespace {

constexpr std::size_t kMistakes = 12;  // that are shown

Json facts_of(const std::optional<ReceptiveField>& field) {
  if (!field) return {};
  return {{"h", field->size.h}, {"w", field->size.w}, {"jump", field->jump.h}};
}

Json facts_of(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (Index label = 0; label < matrix.classes(); label++) {
    Json row = Json::array();
    for (Index predicted = 0; predicted < matrix.classes(); predicted++)
      row.push_back(matrix.at(label, predicted));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

Json facts_of(const std::vector<LayerKind>& kinds) {
  Json result = Json::array();
  for (const LayerKind& kind : kinds) {
    Json numbers = Json::array();
    for (const auto& [name, title, least, most, usual, whole] : kind.numbers) {
      numbers.push_back({{"name", name},
                         {"title", in_own_words(title)},
                         {"least", least},
                         {"most", most},
                         {"usual", usual},
                         {"whole", whole}});
    }
    result.push_back({{"name", kind.name},
                      {"title", in_own_words(kind.title)},
                      {"numbers", numbers},
                      {"ofImages", kind.of_images}});
  }
  return result;
}

Json facts_of(Network& network, const Shape& image) {
  const Summary facts = summary(network, Shape{1, image[0], image[1], image[2]});
  Json rows = Json::array();
  for (const SummaryRow& row : facts.rows) {
    rows.push_back({{"part", row.layer},
                    {"line", network.line_of(row.layer)},
                    {"op", row.op},
                    {"output", row.output.sizes().subspan(1)},
                    {"parameters", row.parameters},
                    {"macs", row.macs},
                    {"field", facts_of(row.field)}});
  }
  return {{"rows", rows}, {"parameters", facts.parameters}, {"macs", facts.macs}};
}

Json facts_of(const Data& data) {
  return {{"title", in_own_words(data.title)},
          {"train", data.train->size()},
          {"test", data.test->size()},
          {"shape", data.train->sample_shape().sizes()},
          {"classes", data.train->class_names()}};
}

Json facts_of(const std::vector<StepResult>& steps) {
  Json result = Json::array();
  for (const auto& [step, loss, accuracy] : steps)
    result.push_back({{"step", step}, {"loss", loss}, {"accuracy", accuracy}});
  return result;
}

Json facts_of(const std::optional<Trouble>& trouble) {
  if (!trouble) return {};
  return {{"step", trouble->step},
          {"node", trouble->node},
          {"largestWeight", trouble->largest_weight},
          {"rate", trouble->learning_rate},
          {"best", trouble->best_step}};
}

Json facts_of(const apps::Evaluation& evaluation, const LabelledImages& images) {
  Json mistakes = Json::array();
  for (const auto& [index, label, predicted, confidence] : evaluation.worst_mistakes(kMistakes)) {
    mistakes.push_back({{"image", index},
                        {"label", label},
                        {"predicted", predicted},
                        {"confidence", confidence},
                        {"picture", picture_of(apps::image_of(images, index))}});
  }
  return {{"loss", evaluation.loss.value()},
          {"correct", evaluation.accuracy.correct()},
          {"total", evaluation.accuracy.total()},
          {"confusion", facts_of(evaluation.confusion)},
          {"mistakes", mistakes}};
}

Json facts_of(const Reading& reading) {
  Json layers = Json::array();
  for (const auto& [part, line, value, weight] : reading.layers) {
    layers.push_back({{"part", part},
                      {"line", line},
                      {"value", picture_of(value)},
                      {"weight", weight.defined() ? picture_of(weight) : Json()}});
  }
  const auto probabilities = reading.probabilities.values();
  return {{"probabilities", std::vector<double>(probabilities.begin(), probabilities.end())},
          {"layers", layers}};
}

Json picture_of(const Tensor& tensor) {
  double largest = 0;
  for (const Scalar v : tensor.values()) largest = std::max(largest, std::abs(static_cast<double>(v)));
  std::string bytes;
  for (const Scalar v : tensor.values()) {
    const double part = static_cast<double>(v) / largest;
    bytes += static_cast<char>(std::isfinite(part) ? std::lround(127 + 127 * part) : 127);
  }
  return {{"shape", tensor.shape().sizes()}, {"largest", largest}, {"bytes", base64(bytes)}};
}

}  // namespace reel::playground
