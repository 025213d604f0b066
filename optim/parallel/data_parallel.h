// A training whose batches are computed in shards, by one process or by several, with the same bits.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/io/checkpoint.h>
#include <reel/core/location.h>
#include <reel/core/option_check.h>
#include <reel/core/tape.h>
#include <reel/datasets/loader.h>
#include <reel/layers/module.h>
#include <reel/optim/parallel/communicator.h>

namespace reel::inline REEL_PRECISION {

namespace detail {

class NetState;
struct BatchSums;

}  // namespace detail

struct DataParallelOptions {
  /// Parts of a batch, each a batch of its own: a number of the recipe, as it changes the bits, and never of the
  /// machines. 1 to 4096, and no fewer than there are processes.
  Index shards = 8;
  /// Sums of gradients are on their way while backward still works on the layers before; the bits do not depend on it.
  bool overlap = true;
  Index check_every = 100;  ///< steps between two comparisons of the weights of all processes; 0: none
};

/// What a shard gives: its loss, one number, the mean over its samples, and what else is to be summed over the
/// shards, at most 16 numbers, as many in each.
struct ShardResult {
  ShardResult(Var shard_loss, std::vector<double> more = {})
      : loss(std::move(shard_loss)), sums(std::move(more)) {}

  Var loss;
  std::vector<double> sums;
};
/// Forward of a shard, recorded on a tape of its own.
using ShardFunction = std::function<ShardResult(Tape& tape, const Batch& shard)>;

/// What a batch gives, the same bits at every process.
struct BatchResult {
  Index samples = 0;  ///< how many there are, at all processes together
  double loss = 0;    ///< the mean over them
  std::vector<double> sums = {};
};

/// Computes each batch in K shards and sums their gradients along a fixed binary tree over the shards' numbers, so that
/// the bits depend on K alone, not on how many processes there are:
///   reel::DataParallel parallel{net, train, {.shards = 8}};              // with MPI: ..., mpi};
///   for (const reel::Batch& batch : train) {
///     adam.zero_grad();
///     parallel.backward(batch, [&](reel::Tape& tape, const reel::Batch& shard) {
///       return cross_entropy(net(tape.input(shard.images)), shard.labels);
///     });
///     adam.step();
///   }
/// Process p of P computes the shards [p K / P, (p + 1) K / P) and steps its own optimiser by the sum. All processes
/// run the same program and make the same calls. What is alike in all of them from the start is checked; the weights
/// are compared now and then. README.md here says how, and what it costs.
class DataParallel {
 public:
  /// The net, the loader and the processes outlive it. From the next loop on, the loader makes the samples of this
  /// process's shards alone; the net and the program's generator become those of process 0. A DisagreementError where
  /// the processes have another program, seed, network or training set; wrong options are an Error.
  DataParallel(Located<ModuleBase&> net, Loader& train, DataParallelOptions options = {},
               Communicator& processes = alone());
  /// The loader gives whole batches again. Where an exception passes by, this process has given up.
  ~DataParallel();
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  /// Forward by `f` and backward of each shard of a batch, at every process of its own shards; the batch is whole, or
  /// what the loader gave. Adds to the grad of every trainable parameter of the net what backward of the mean loss
  /// over the batch would: the sum over the shards of (samples / samples of the batch) times the shard's gradient.
  /// Random numbers of a shard, as of dropout, depend on the seed, the step and the shard: while it runs, the program's
  /// generator is the shard's, also for other threads. A buffer of the net, such as a running average of batch norm,
  /// becomes the mean, with the same weights, of what the forward of each shard makes of it; batch norm of [N,C] wants
  /// two samples in each shard, so see LoaderOptions::drop_last. An empty shard, in a batch of fewer samples than
  /// shards, has no part in anything.
  ///
  /// One shard is a plain training, also as to gradients of parameters that are no part of the net and to what has
  /// changed where it throws. With more, such parameters are an Error, and where it throws, parameters, gradients,
  /// buffers and the generator are as before.
  ///
  /// With several processes, Interrupted where the program is to end (see InterruptGuard); a DisagreementError where one
  /// has taken another batch of the loader, or trains other parameters, and every `check_every` steps where the weights
  /// are not those of process 0. After any exception but that of the weights the others wait in vain: this one has given up (see
  /// Communicator), every further call is an Error, and the program should end.
  BatchResult backward(const Batch& batch, const ShardFunction& f, const TapeOptions& tape = {});

  /// Gives the parts of every process, and the program's generator, the state that they have at process 0, say after
  /// it has read a checkpoint.
  void broadcast(const std::vector<CheckpointPart>& parts);

 private:
  struct Step;

  void check_alike();
  void check_weights();
  void check_sizes(const detail::NetState& before) const;
  detail::BatchSums& sums(const detail::NetState& before);
  BatchResult compute_whole(const Batch& batch, const ShardFunction& f, const TapeOptions& options);
  BatchResult compute(const Step& step);
  std::map<std::string, std::string> facts_of(const Step& step) const;
  void compute_shards(const Step& step);
  void compute_shard(const Step& step, int shard, ShardRows rows);
  void check_rows(const Batch& batch, ShardRows rows) const;
  void check_result(const ShardResult& result) const;
  void move_on();
  BatchResult deliver(const Step& step);

  const OptionCheck check_;
  ModuleBase& net_;
  Loader& train_;
  DataParallelOptions options_;
  Communicator& processes_;
  const int exceptions_ = std::uncaught_exceptions();
  std::int64_t steps_ = 0;
  std::unique_ptr<detail::BatchSums> sums_;
};

}  // namespace reel::inline REEL_PRECISION
