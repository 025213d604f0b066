#include "common/evaluation.h"

#include <algorithm>
#include <span>

namespace reel::apps {
namespace {

constexpr Index kEvaluationBatch = 500;

}  // namespace

std::vector<Prediction> Evaluation::worst_mistakes(std::size_t count) const {
  std::vector<Prediction> wrong;
  std::copy_if(predictions.begin(), predictions.end(), std::back_inserter(wrong),
               [](const Prediction& p) { return p.predicted != p.label; });
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const Prediction& a, const Prediction& b) { return a.confidence > b.confidence; });
  if (wrong.size() > count) wrong.resize(count);
  return wrong;
}

std::vector<Prediction> Evaluation::first_right(std::size_t count) const {
  std::vector<Prediction> right;
  for (const Prediction& p : predictions) {
    if (right.size() < count && p.predicted == p.label) right.push_back(p);
  }
  return right;
}

Evaluation evaluate(Module& module, const Dataset& dataset, const Transform& transform) {
  const bool was_training = module.is_training();
  module.eval();
  Evaluation result{
      .accuracy = {}, .confusion = ConfusionMatrix(dataset.class_names()), .loss = {}, .predictions = {}};
  Loader loader{dataset, {.batch = kEvaluationBatch, .shuffle = false, .transform = transform}};
  for (const auto& [images, labels] : loader) {
    Tape tape{{.record = false}};
    const Var logits = module(tape.input(images));
    const Tensor probabilities = softmax(logits).value();
    result.accuracy.add(logits.value(), labels);
    result.confusion.add(logits.value(), labels);
    result.loss.add(static_cast<double>(cross_entropy(logits, labels).item()), std::ssize(labels));
    const std::vector<Index> predicted = logits.value().argmax();
    for (std::size_t i = 0; i < labels.size(); i++) {
      const double confidence =
          static_cast<double>(std::as_const(probabilities).at(static_cast<Index>(i), predicted[i]));
      result.predictions.push_back(
          {std::ssize(result.predictions), labels[i], static_cast<int>(predicted[i]), confidence});
    }
  }
  module.train(was_training);
  return result;
}

std::uint64_t weights_hash(const Module& module) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto& [name, tensor] : module.state().tensors) {
    for (const std::byte byte : std::as_bytes(tensor.values())) {
      hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
    }
  }
  return hash;
}

}  // namespace reel::apps
