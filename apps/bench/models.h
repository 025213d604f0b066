// Whole training steps and inference passes of the networks: what the benchmark and its peer have in common.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "networks.h"

namespace reel::apps {

struct ModelTime {
  std::string peer, model;
  Index batch;
  int threads;
  Index parameters;                             ///< numbers that are trained: equal in equal networks
  double train_seconds = 0, infer_seconds = 0;  ///< of one batch
  double loss = 0;                              ///< of the sixth step: shows that it trains
};

/// Times a training step: zero_grad, forward, cross-entropy, backward, SGD (learning rate 0.01, momentum 0.9)
/// and reading the loss, which it returns.
void time_training(ModelTime& time, const std::function<double()>& step);
/// Times a forward pass in eval mode that records nothing.
void time_inference(ModelTime& time, const std::function<void()>& forward);

struct ModelFlags {
  std::string only;
  Index batch = 0;  ///< 0: each network's own
  bool json = false;
};
void add_only_network_flag(CLI::App& app, std::string& only);
void add_model_flags(CLI::App& app, ModelFlags& flags);

/// Prints what `time_model` measures of each network that the flags let in: a line of JSON or a row of a
/// table.
void run_models(const ModelFlags& flags,
                const std::function<ModelTime(const Network&, Index batch)>& time_model);

}  // namespace reel::apps
