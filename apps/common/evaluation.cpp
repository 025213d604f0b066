#include "common/evaluation.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/run/interrupt.h>
#include <reel/layers/eval_mode.h>

namespace reel::apps {
namespace {

constexpr Index kEvaluationBatch = 500;

// Each judges its share by its own weights, images and views.
void check_alike(const Module& module, const LabelledImages& dataset, const std::vector<Transform>& views,
                 Communicator& processes) {
  if (processes.size() == 1) return;
  auto labels = static_cast<std::uint64_t>(dataset.size());
  for (Index i = 0; i < dataset.size(); i++)
    labels = 31 * labels + static_cast<std::uint64_t>(dataset.label(i));
  processes.require_equal(
      {{"the work", fmt::format("an evaluation in {} views", views.size())},
       {"the weights' hash", fmt::format("{:016x}", weights_hash(module))},
       {"the test set", fmt::format("{} images, their labels' hash {:016x}", dataset.size(), labels)}});
}

// Which process looks at an image: the processes take the batches in turn, whole, for the images of another batch might
// be computed with other bits.
int process_of(Index image, const Communicator& processes) {
  return static_cast<int>(image / kEvaluationBatch % processes.size());
}

// Of the images that this process looks at, one after another; nothing after Ctrl-C.
std::optional<std::vector<Scalar>> own_logits(Module& module, const LabelledImages& dataset,
                                              const Transform& view, const Communicator& processes) {
  std::vector<Index> images;
  for (Index i = 0; i < dataset.size(); i++) {
    if (process_of(i, processes) == processes.rank()) images.push_back(i);
  }
  std::vector<Scalar> result;
  if (images.empty()) return result;
  const Subset own{dataset, std::move(images)};
  Loader loader{own, {.batch = kEvaluationBatch, .transform = view}};
  for (const Batch& batch : loader) {
    if (InterruptGuard::requested()) return std::nullopt;
    Tape tape{{.record = false}};
    const Var logits = module(tape.input(batch.images));
    result.insert(result.end(), logits.value().values().begin(), logits.value().values().end());
  }
  return result;
}

// [N, classes]; undefined after Ctrl-C
Tensor logits_of(Module& module, const LabelledImages& dataset, const Transform& view,
                 Communicator& processes) {
  const auto own = own_logits(module, dataset, view, processes);
  if (!own) return {};
  std::vector<std::string> rows =
      processes.all_gather({reinterpret_cast<const char*>(own->data()), own->size() * sizeof(Scalar)});
  std::size_t bytes = 0;
  for (const std::string& of_process : rows) bytes += of_process.size();
  const std::size_t row = bytes / static_cast<std::size_t>(dataset.size());
  Tensor all = Tensor::uninitialized({dataset.size(), static_cast<Index>(row / sizeof(Scalar))});
  char* to = reinterpret_cast<char*>(all.mutable_data());
  std::vector<std::size_t> taken(rows.size(), 0);  // bytes of each process
  for (Index i = 0; i < dataset.size(); i++, to += row) {
    const auto process = static_cast<std::size_t>(process_of(i, processes));
    std::copy_n(rows[process].data() + taken[process], row, to);
    taken[process] += row;
  }
  return all;
}

// Over the views; undefined after Ctrl-C.
Tensor mean_logits(Module& module, const LabelledImages& dataset, const std::vector<Transform>& views,
                   Communicator& processes) {
  Tensor sum = logits_of(module, dataset, views.at(0), processes);
  for (std::size_t i = 1; i < views.size() && sum.defined(); i++) {
    const Tensor more = logits_of(module, dataset, views[i], processes);
    if (!more.defined()) return {};
    std::ranges::transform(sum.values(), more.values(), sum.mutable_values().begin(), std::plus());
  }
  if (!sum.defined()) return {};
  for (Scalar& logit : sum.mutable_values()) logit /= static_cast<Scalar>(views.size());
  return sum;
}

Evaluation judge(const LabelledImages& dataset, const Tensor& logits) {
  Evaluation result{.accuracy = {},
                    .confusion = ConfusionMatrix(dataset.class_names()),
                    .loss = {},
                    .predictions = {},
                    .probabilities = {}};
  std::vector<int> labels;
  for (Index i = 0; i < dataset.size(); i++) labels.push_back(dataset.label(i));
  Tape tape{{.record = false}};
  const Var x = tape.input(logits);
  result.probabilities = softmax(x).value();
  result.accuracy.add(logits, labels);
  result.confusion.add(logits, labels);
  result.loss.add(static_cast<double>(cross_entropy(x, labels).item()), dataset.size());
  const std::vector<Index> predicted = logits.argmax();
  for (Index i = 0; i < dataset.size(); i++) {
    const auto n = static_cast<std::size_t>(i);
    result.predictions.push_back(
        {i, labels[n], static_cast<int>(predicted[n]),
         static_cast<double>(std::as_const(result.probabilities).at(i, predicted[n]))});
  }
  return result;
}

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

std::optional<Evaluation> evaluate(Module& module, const LabelledImages& dataset,
                                   const std::vector<Transform>& views, Communicator& processes) {
  const EvalMode eval(module);
  try {
    check_alike(module, dataset, views, processes);
    const Tensor logits = mean_logits(module, dataset, views, processes);
    return logits.defined() ? std::optional(judge(dataset, logits)) : std::nullopt;
  } catch (const Interrupted&) {
    return std::nullopt;
  }
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
