#include "playground/session.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/inspect/not_finite.h>
#include <reel/layers/running_state.h>

namespace reel::playground {
namespace {

std::unique_ptr<Optimizer> make_optimizer(const Choice& choice, Network& network) {
  const double lr = choice.learning_rate;
  if (choice.optimizer == "sgd") return std::make_unique<SGD>(network.parameters(), SGDOptions{.lr = lr});
  if (choice.optimizer == "momentum")
    return std::make_unique<SGD>(network.parameters(), SGDOptions{.lr = lr, .momentum = 0.9});
  if (choice.optimizer == "adam") return std::make_unique<Adam>(network.parameters(), AdamOptions{.lr = lr});
  throw Error(
      fmt::format("there is no optimiser \"{}\"; sgd, momentum and adam are known", choice.optimizer));
}

double largest_magnitude(const Network& network) {
  double largest = 0;
  for (const Parameter* parameter : network.parameters()) {
    for (const Scalar w : parameter->value.values())
      largest = std::max(largest, std::abs(static_cast<double>(w)));
  }
  return largest;
}

}  // namespace

Session::Session(Data data, const Choice& choice) : data_(std::move(data)), choice_(choice) {
  seed(choice.seed);
  network_ = std::make_unique<Network>(choice.layers, data_.train->sample_shape(),
                                       std::ssize(data_.train->class_names()));
  optimizer_ = make_optimizer(choice, *network_);
  set_learning_rate(choice.learning_rate, choice.halve_every);
  loader_ = std::make_unique<Loader>(
      *data_.train,
      LoaderOptions{.batch = choice.batch, .shuffle = true, .seed = choice.seed, .prefetch = 0});
  next_ = loader_->begin();
  keep(std::numeric_limits<double>::infinity());
}

std::vector<StepResult> Session::train(Index count) {
  std::vector<StepResult> results;
  trouble_.reset();
  for (; count > 0; count--) {
    const GeneratorState random = generator_state();
    const auto& [images, labels] = **next_;
    Tape tape;
    const Var logits = (*network_)(tape.input(images));
    const Var loss = cross_entropy(logits, labels);
    Accuracy accuracy;
    accuracy.add(logits.value(), labels);
    const double value = loss.item();
    if (!std::isfinite(value)) {
      set_generator_state(random);  // for record_next(): the same dropout
      trouble_ = trouble_of(tape, value);
      break;
    }
    optimizer_->zero_grad();
    tape.backward(loss);
    optimizer_->step();
    if (schedule_) schedule_->step();
    results.push_back({++steps_, value, accuracy.value()});
    advance();
  }
  return results;
}

void Session::set_learning_rate(double rate, Index halve_every) {
  schedule_.reset();
  optimizer_->set_lr(rate);
  if (halve_every > 0)
    schedule_ = std::make_unique<StepLR>(*optimizer_, StepLROptions{.step_size = halve_every, .gamma = 0.5});
  choice_.learning_rate = rate;
  choice_.halve_every = halve_every;
}

apps::Evaluation Session::judge() {
  const apps::Evaluation evaluation = apps::evaluate(*network_, *data_.test, {Transform()}).value();
  if (evaluation.loss.value() < best_->loss) keep(evaluation.loss.value());
  return evaluation;
}

void Session::go_back() {
  network_->load_state(best_->network);
  optimizer_->load_state(best_->optimizer);
  set_learning_rate(choice_.learning_rate, choice_.halve_every);
  steps_ = best_->step;
  trouble_.reset();
}

NextStep Session::record_next(Tape& tape, Index most) {
  const GeneratorGuard generator;
  const RunningStateGuard statistics(*network_);
  const auto& [images, labels] = **next_;
  const Index batch = std::ssize(labels), count = std::min(batch, most);
  const std::vector<int> first(labels.begin(), labels.begin() + count);
  const Var logits = (*network_)(tape.input(images.rows(0, count)).named("images")).named("logits");
  return {steps_ + 1, learning_rate(), batch, first, cross_entropy(logits, first).named("loss")};
}

void Session::keep(double loss) {
  best_ = Kept{steps_, loss, network_->state().clone(), optimizer_->state().clone()};
}

void Session::advance() {
  if (++*next_ == loader_->end()) next_ = loader_->begin();
}

Trouble Session::trouble_of(const Tape& tape, double loss) const {
  return {.step = steps_ + 1,
          .loss = loss,
          .node = inspect::first_not_finite(tape).value().name,
          .largest_weight = largest_magnitude(*network_),
          .learning_rate = learning_rate(),
          .best_step = best_->step};
}

}  // namespace reel::playground
