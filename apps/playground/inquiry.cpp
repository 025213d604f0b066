#include "playground/inquiry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <reel/core/inspect/not_finite.h>

namespace reel::playground {
namespace {

using inspect::PageOptions;
using inspect::Trace;
using inspect::TraceNode;

constexpr std::size_t kColumns = 92;  // of the panel that the answers stand in

// "conv1.conv2d[0,0,14,14]": the middle of a node's first image or row.
std::string middle_of(const TraceNode& node) {
  std::vector<Index> at;
  for (Index d = 0; d < node.shape.dim(); d++) at.push_back(d < node.shape.dim() - 2 ? 0 : node.shape[d] / 2);
  return fmt::format("{}[{}]", node.name, fmt::join(at, ","));
}

// The first node of an op, if there is one.
const TraceNode* node_of(const Trace& trace, std::string_view op) {
  const auto found = std::find_if(trace.nodes().begin(), trace.nodes().end(),
                                  [&](const TraceNode& node) { return node.op == op; });
  return found == trace.nodes().end() ? nullptr : &*found;
}

std::string story_of_one(const NextStep& next, const std::string& label, bool has_batch_norm) {
  std::string story = fmt::format(
      "Step {0} comes next, at a learning rate of {1:g}. This is what it computes for the first of its {2} "
      "images, of "
      "the class {3}: forward to the loss, and backward to a gradient of every number. The step itself takes "
      "the mean "
      "over all {2}.\n\n"
      "The network answers with the logits, one for each class. That of the right class is logits[0,{4}]; "
      "its gradient "
      "dlogits[0,{4}] is the probability of the class less 1, so it is near 0 where the network is sure.",
      next.step, next.learning_rate, next.batch, label, next.labels[0]);
  if (has_batch_norm)
    story +=
        "\n\nBatch norm takes its mean and variance from this image alone here, in the step from the whole "
        "batch.";
  return story;
}

std::string story_of_all(const NextStep& next) {
  return fmt::format(
      "Step {} comes next, at a learning rate of {:g}. This is what it computes for all {} images of its "
      "batch, forward "
      "to the loss, their mean, and backward. The first index of images, feature maps and logits says which "
      "image. Of "
      "large tensors the page shows a part.",
      next.step, next.learning_rate, next.batch);
}

// A step whose loss is no number opens where that began.
std::string start_of(const Trace& trace, const Tape& tape, const std::string& logit) {
  if (const auto first = inspect::first_not_finite(tape)) {
    const auto values = first->value.values();
    const auto bad = std::find_if(values.begin(), values.end(), [](Scalar v) { return !std::isfinite(v); });
    return "why " + first->name + index_text(first->value.shape(), bad - values.begin());
  }
  const TraceNode* conv = node_of(trace, "conv2d");
  return conv ? "window " + middle_of(*conv) : "why d" + logit;
}

PageOptions told_of(const NextStep& next, const Trace& trace, const Tape& tape, const Session& session,
                    Asked images) {
  const std::string logit = fmt::format("logits[0,{}]", next.labels[0]);
  const std::string& label = session.data().train->class_names()[static_cast<std::size_t>(next.labels[0])];
  PageOptions told{.title = fmt::format("Step {} of the training", next.step),
                   .start = start_of(trace, tape, logit)};
  told.story = images == Asked::kAll ? story_of_all(next)
                                     : story_of_one(next, label, node_of(trace, "batch_norm2d") != nullptr);
  told.tries = {{"why d" + logit, "how far the network is from sure"},
                {"why loss", "what is to become small"}};
  if (const TraceNode* conv = node_of(trace, "conv2d"))
    told.tries.push_back({"window " + middle_of(*conv), "a window of the image, times a filter"});
  const TraceNode* const weight = node_of(trace, "parameter");
  told.tries.push_back({"why d" + middle_of(*weight), "every place that this weight is used in"});
  told.tries.push_back({"check " + middle_of(*weight), "the gradient beside the difference of two losses"});
  return told;
}

}  // namespace

Inquiry::Inquiry(Session& session, Asked images)
    : next_(session.record_next(tape_, images == Asked::kAll ? std::numeric_limits<Index>::max() : 1)),
      trace_(tape_, next_.loss),
      told_(told_of(next_, trace_, tape_, session, images)),
      stepper_(tape_, next_.loss, {.columns = kColumns, .page = told_}) {}

}  // namespace reel::playground
