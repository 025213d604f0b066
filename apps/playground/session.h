// A training that somebody watches: step by step, judged now and then, and open to questions at any step.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "common/evaluation.h"
#include "playground/data.h"
#include "playground/network.h"

namespace reel::playground {

/// What the visitor chose.
struct Choice {
  std::vector<LayerLine> layers;
  std::string optimizer = "adam";  ///< "sgd", "momentum" or "adam"
  double learning_rate = 1e-3;
  Index halve_every = 0;  ///< steps after which the learning rate is halved, again and again; 0: never
  Index batch = 32;
  std::uint64_t seed = 1;
};

/// A step that was made.
struct StepResult {
  std::int64_t step;  ///< from 1
  double loss;        ///< of its batch, before the step
  double accuracy;    ///< likewise
};

/// A step that is due, on a tape.
struct NextStep {
  std::int64_t step;  ///< from 1
  double learning_rate;
  Index batch;              ///< images that the step is made of
  std::vector<int> labels;  ///< of those on the tape
  Var loss;                 ///< their mean
};

/// A step that cannot be made: its loss is no number.
struct Trouble {
  std::int64_t step;
  double loss;
  std::string node;       ///< the first whose value has an infinity or a NaN
  double largest_weight;  ///< the largest magnitude of a weight, before the step
  double learning_rate;
  std::int64_t best_step;  ///< where go_back() leads
};

class Session {
 public:
  /// Draws the weights. A network that does not fit is a LayerError; an optimiser that is not known, and numbers out
  /// of range, are an Error.
  Session(Data data, const Choice& choice);

  const Data& data() const { return data_; }
  const Choice& choice() const { return choice_; }
  Network& network() { return *network_; }
  /// Steps made.
  std::int64_t steps() const { return steps_; }

  /// Makes at most `count` steps. Where a loss is no number it ends before that step, and trouble() says why.
  std::vector<StepResult> train(Index count);
  const std::optional<Trouble>& trouble() const { return trouble_; }
  /// From the next step on, and the count of steps to its halving begins there.
  void set_learning_rate(double rate, Index halve_every);
  double learning_rate() const { return optimizer_->lr(); }

  /// How good the network is on the images to judge by. The best one so far is kept for go_back().
  apps::Evaluation judge();
  /// To the weights, and the optimiser's state, of the best judgement so far, or of the start, with the learning rate
  /// that was set last. The images go on.
  void go_back();

  /// Records the next step as train() would make it, of the first `most` images of its batch, and leaves the session as
  /// it is.
  NextStep record_next(Tape& tape, Index most);

 private:
  struct Kept {
    std::int64_t step;
    double loss;  // infinite of the start
    State network, optimizer;
  };

  void keep(double loss);
  void advance();
  Trouble trouble_of(const Tape& tape, double loss) const;

  Data data_;
  Choice choice_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<StepLR> schedule_;  // null: the rate is constant
  std::unique_ptr<Loader> loader_;
  std::optional<Loader::Iterator> next_;
  std::int64_t steps_ = 0;
  std::optional<Trouble> trouble_;
  std::optional<Kept> best_;
};

}  // namespace reel::playground
