// Whole training steps and inference passes of the networks.
#pragma once

#include <functional>

#include "networks.h"

namespace reel::apps {

struct ModelTime {
  std::string peer, model;
  Index batch;
  int threads;
  double train_seconds, infer_seconds;  ///< of one batch
  double loss;                          ///< after the last step: shows that it trained
};

/// As libtorch's program does: a step is zero_grad, forward, cross-entropy, backward, SGD (learning rate 0.01,
/// momentum 0.9) and reading the loss; inference is a forward pass in eval mode that records nothing.
ModelTime time_model(const Network& network, Index batch);

/// One JSON object on one line / one row under print_model_header().
void print_json(const ModelTime& time);
void print_model_header();
void print_row(const ModelTime& time);

}  // namespace reel::apps
