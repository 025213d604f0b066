#include "playground/inquiry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <reel/core/inspect/not_finite.h>
#include <reel/core/text/detail/say.h>

namespace reel::playground {
namespace {

using inspect::PageOptions;
using inspect::Trace;
using inspect::TraceNode;

// "conv1.conv2d[0,0,14,14]": the middle of a node's first image or row.
std::string middle_of(const TraceNode& node) {
  std::vector<Index> at;
  for (Index d = 0; d < node.shape.dim(); d++) at.push_back(d < node.shape.dim() - 2 ? 0 : node.shape[d] / 2);
  return fmt::format("{}[{}]", node.name, fmt::join(at, ","));
}

// The largest number that an op gives for the first image, so that there is something in its window.
std::string peak_of(const Trace& trace, const TraceNode& node) {
  const Tensor first = trace.value(static_cast<std::size_t>(&node - trace.nodes().data())).rows(0, 1);
  const auto values = first.values();
  const auto largest = std::max_element(values.begin(), values.end(),
                                        [](Scalar a, Scalar b) { return std::abs(a) < std::abs(b); });
  return node.name + index_text(first.shape(), largest - values.begin());
}

// The first number of a node that is none.
std::string fault_of(const NodeInfo& node) {
  const auto values = node.value.values();
  const auto bad = std::find_if(values.begin(), values.end(), [](Scalar v) { return !std::isfinite(v); });
  return node.name + index_text(node.value.shape(), bad - values.begin());
}

// The first node of an op, if there is one.
const TraceNode* node_of(const Trace& trace, std::string_view op) {
  const auto found = std::find_if(trace.nodes().begin(), trace.nodes().end(),
                                  [&](const TraceNode& node) { return node.op == op; });
  return found == trace.nodes().end() ? nullptr : &*found;
}

std::string story_of_one(const NextStep& next, const std::string& label, bool has_batch_norm) {
  std::string story =
      say("Step {0} comes next, at a learning rate of {1:g}. This is what it computes for the first of its "
          "{2} images, of the class {3}: forward to the loss, and backward to a gradient of every number. "
          "The step itself takes the mean over all {2}.",
          next.step, next.learning_rate, next.batch, label);
  story += "\n\n" + say("The network answers with the logits, one for each class. That of the right class is "
                        "logits[0,{0}]; its gradient dlogits[0,{0}] is the probability of the class less 1, "
                        "so it is near 0 where the network is sure.",
                        next.labels[0]);
  if (has_batch_norm)
    story += "\n\n" + say("Batch norm takes its mean and variance from this image alone here, in the step "
                          "from the whole batch.");
  return story;
}

std::string story_of_all(const NextStep& next) {
  return say(
      "Step {0} comes next, at a learning rate of {1:g}. This is what it computes for all {2} images of its "
      "batch, forward to the loss, their mean, and backward. The first index of images, feature maps and "
      "logits says which image. Of large tensors the page shows a part.",
      next.step, next.learning_rate, next.batch);
}

// Of a step whose loss is no number.
std::string story_of_fault(const std::string& fault) {
  return say(
      "This step has no loss. {0} is the first number that float cannot hold: the weights have become so "
      "large that it is an infinity, or a NaN. What is computed from it is none either, and is red in the "
      "picture.",
      fault);
}

PageOptions told_of(const NextStep& next, const Trace& trace, const Tape& tape, const Session& session,
                    Asked images) {
  const std::string& label = session.data().train->class_names()[static_cast<std::size_t>(next.labels[0])];
  PageOptions told{.title = say("Step {0} of the training", next.step),
                   .language = std::string(language_tag(language()))};
  told.story = images == Asked::kAll ? story_of_all(next)
                                     : story_of_one(next, label, node_of(trace, "batch_norm2d") != nullptr);
  const std::string logit = fmt::format("dlogits[0,{}]", next.labels[0]);
  told.tries = {{"why " + logit, say("how far the network is from sure")},
                {"why loss", say("what is to become small")}};
  told.start = told.tries[0].command;
  if (const TraceNode* conv = node_of(trace, "conv2d")) {
    told.start = "window " + peak_of(trace, *conv);
    told.tries.push_back({told.start, say("a window of the image, times a filter")});
  }
  const TraceNode* const weight = node_of(trace, "parameter");
  told.tries.push_back({"why d" + middle_of(*weight), say("every place that this weight is used in")});
  told.tries.push_back(
      {"check " + middle_of(*weight), say("the gradient beside the difference of two losses")});
  if (const auto first = inspect::first_not_finite(tape)) {
    const std::string fault = fault_of(*first);
    told.story.insert(0, story_of_fault(fault) + "\n\n");
    told.start = "why " + fault;
    told.tries.insert(told.tries.begin(), inspect::PageTry{told.start, say("where it began")});
  }
  return told;
}

}  // namespace

Inquiry::Inquiry(Session& session, Asked images, std::size_t columns)
    : next_(session.record_next(tape_, images == Asked::kAll ? std::numeric_limits<Index>::max() : 1)),
      trace_(tape_, next_.loss),
      told_(told_of(next_, trace_, tape_, session, images)),
      stepper_(tape_, next_.loss, {.columns = columns, .page = told_}) {}

}  // namespace reel::playground
