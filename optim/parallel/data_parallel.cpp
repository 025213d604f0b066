#include <reel/optim/parallel/data_parallel.h>

#include <algorithm>
#include <limits>
#include <span>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/checksum.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/random.h>
#include <reel/core/run/interrupt.h>
#include <reel/optim/parallel/detail/alike.h>
#include <reel/optim/parallel/detail/batch_sums.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kMostShards = 4096;

// Parameters, buffers and counters, by name.
std::string checksum_of(const State& state) {
  Crc32 checksum;
  for (const auto& [name, tensor] : state.tensors) checksum.add(detail::bytes_of(tensor));
  for (const auto& [name, count] : state.integers) checksum.add(fmt::format("{} ", count));
  return checksum.text();
}

// What makes the random numbers of a shard: all of them in a stream of its own of the step's.
void seed_for_shard(const RandomStream& of_step, int shard) {
  const auto words = of_step.substream(static_cast<std::uint64_t>(shard)).block(0);
  seed(std::uint64_t{words[0]} << 32 | words[1]);
}

}  // namespace

struct DataParallel::Step {
  const Batch& batch;
  const ShardFunction& f;
  const TapeOptions& tape;
  Index samples;            // of the whole batch
  detail::NetState before;  // from which every shard starts
};

DataParallel::DataParallel(Located<ModuleBase&> net, Loader& train, DataParallelOptions options,
                           Communicator& processes)
    : check_("DataParallel", net.where), net_(net), train_(train), options_(options), processes_(processes) {
  check_.count("shards", options_.shards, 1, kMostShards);
  check_.count("check_every", options_.check_every, 0);
  check_.require(options_.shards >= processes_.size(),
                 "there are {} processes for {} shards; start as many processes as there are shards at most",
                 processes_.size(), options_.shards);
  check_alike();
  broadcast({{"net", &net_}});
  const detail::ShardTree& tree = sums(detail::NetState(net_)).tree;
  train.set_shards(tree.shards, tree.first(processes_.rank()), tree.first(processes_.rank() + 1));
}

DataParallel::~DataParallel() {
  try {
    train_.set_shards(1, 0, 1);
  } catch (const Error&) {  // another thread has a loop over it: its loader
  }
  if (std::uncaught_exceptions() > exceptions_) processes_.give_up();
  if (sums_ && sums_->is_talking()) processes_.keep(std::move(sums_));
}

void DataParallel::check_alike() {
  if (processes_.size() == 1) return;
  std::map<std::string, std::string> facts = detail::facts_of_training(net_, train_);
  facts["check_every"] = fmt::format("{}", options_.check_every);
  facts["the number of shards"] = fmt::format("{}", options_.shards);
  processes_.require_equal(facts);
}

void DataParallel::check_weights() {
  const bool is_due = steps_ > 0 && options_.check_every > 0 && steps_ % options_.check_every == 0;
  if (!is_due || processes_.size() == 1) return;
  processes_.require_equal(
      {{fmt::format("the checksum of the weights after {} batches", steps_), checksum_of(net_.state())}});
}

void DataParallel::broadcast(const std::vector<CheckpointPart>& parts) {
  if (processes_.size() == 1) return;
  const std::string bytes = processes_.broadcast(processes_.rank() == 0 ? checkpoint_bytes(parts) : "");
  const std::string source = "what " + processes_.name(0) + " sent";
  if (processes_.rank() > 0) load_checkpoint(as_checkpoint(parse_safetensors(bytes, source), source), parts);
}

detail::BatchSums& DataParallel::sums(const detail::NetState& before) {
  if (!sums_ || !sums_->fit(net_, before)) {
    check_sizes(before);
    const detail::ShardTree tree{static_cast<int>(options_.shards), processes_.size()};
    sums_ = std::make_unique<detail::BatchSums>(tree, net_, before, processes_);
  }
  return *sums_;
}

// A message has less than 2 GB.
void DataParallel::check_sizes(const detail::NetState& before) const {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max()) / sizeof(Scalar);
  if (processes_.size() == 1) return;
  for (const auto& [name, parameter] : net_.named_parameters()) {
    check_.require(
        !parameter->trainable || static_cast<std::size_t>(parameter->value.numel()) <= kMost,
        "the parameter \"{}\" {} has more than {} numbers, the most of one that processes share; split it",
        name, parameter->value.shape(), kMost);
  }
  check_.require(before.buffer_numbers() <= kMost,
                 "the buffers of the net have {} numbers, {} are the most that processes share",
                 before.buffer_numbers(), kMost);
}

BatchResult DataParallel::backward(const Batch& batch, const ShardFunction& f, const TapeOptions& tape) {
  check_.require(!processes_.has_given_up(),
                 "a step failed at {}, and the others wait for it; end the program",
                 processes_.name(processes_.rank()));
  try {
    check_.require(!tape.gradient_sink, "the tape's gradient_sink is its own; give none");
    const Index samples = batch.whole > 0 ? batch.whole : batch.size();
    check_.require(samples > 0, "the batch is empty");
    check_weights();
    BatchResult result = options_.shards == 1 ? compute_whole(batch, f, tape)
                                              : compute({batch, f, tape, samples, detail::NetState(net_)});
    steps_++;
    return result;
  } catch (const DisagreementError&) {  // which all throw
    throw;
  } catch (...) {
    processes_.give_up();
    throw;
  }
}

// One shard is a plain training, its random numbers included.
BatchResult DataParallel::compute_whole(const Batch& batch, const ShardFunction& f,
                                        const TapeOptions& options) {
  check_rows(batch, {0, batch.whole});
  Tape tape(options);
  ShardResult result = f(tape, batch);
  check_result(result);
  tape.backward(result.loss);
  return {batch.size(), static_cast<double>(result.loss.item()), std::move(result.sums)};
}

// Where it throws, sums are left half done, so that no process can go on, also where all throw.
BatchResult DataParallel::compute(const Step& step) {
  const GeneratorState generator = generator_state();
  try {
    compute_shards(step);
    processes_.wait_until([&] { return sums_->have_keys(); });
    if (!sums_->began_alike()) {
      processes_.require_equal(facts_of(step));
      throw Error("DataParallel: a shard's function has changed what must be alike in all processes");
    }
    processes_.wait_until([&] { return sums_->advance(); });
    return deliver(step);
  } catch (...) {
    processes_.give_up();
    step.before.restore();
    set_generator_state(generator);
    throw;
  }
}

// What must be alike in all processes.
std::map<std::string, std::string> DataParallel::facts_of(const Step& step) const {
  return {{"the loader's place",
           fmt::format("epoch {}, batch {} of {}", train_.epoch(), train_.position(), train_.size())},
          {"the batch", fmt::format("{} samples", step.samples)},
          {"what is trained", sums_->layout}};
}

void DataParallel::compute_shards(const Step& step) {
  detail::BatchSums& sum = sums(step.before);
  const int first = sum.tree.first(processes_.rank()), last = sum.tree.first(processes_.rank() + 1);
  const auto rows_of = [&](int shard) { return shard_rows(step.samples, options_.shards, shard); };
  check_rows(step.batch, {rows_of(first).begin, rows_of(last - 1).end});
  const RandomStream of_step = next_random_stream();
  const GeneratorGuard after_step;
  sum.start(facts_of(step), first, last);
  sum.advance(options_.overlap);
  for (int shard = first; shard < last; shard++) {
    const ShardRows rows = rows_of(shard);
    if (shard > first) step.before.restore();
    seed_for_shard(of_step, shard);
    sum.open(shard);
    if (rows.begin < rows.end) compute_shard(step, shard, rows);
    sum.close(shard);
    move_on();
  }
}

void DataParallel::compute_shard(const Step& step, int shard, ShardRows rows) {
  const Index count = rows.end - rows.begin, before = step.batch.before;
  const double weight = static_cast<double>(count) / static_cast<double>(step.samples);
  const Batch samples =
      count == step.samples ? step.batch : step.batch.rows(rows.begin - before, rows.end - before);
  TapeOptions options = step.tape;
  options.gradient_sink = [this](Parameter& parameter, const Tensor& gradient) {
    sums_->gradients.take(parameter, gradient);
    if (options_.overlap) move_on();
  };
  Tape tape(options);
  const ShardResult result = with_label(
      [&] {
        return fmt::format("shard {} of {}, {} sample{}", shard, options_.shards, count,
                           count == 1 ? "" : "s");
      },
      [&] { return step.f(tape, samples); });
  check_result(result);
  tape.backward(result.loss, Tensor::full(result.loss.shape(), static_cast<Scalar>(weight)));
  sums_->numbers.set_result(weight * static_cast<double>(result.loss.item()), result.sums);
  step.before.note_changes(weight, sums_->buffers_of_shard, sums_->numbers.marks());
}

// Whether a batch has those of the samples of the whole one.
void DataParallel::check_rows(const Batch& batch, ShardRows rows) const {
  const Index end = batch.before + batch.size();
  if (rows.begin >= rows.end || (rows.begin >= batch.before && rows.end <= end)) return;
  check_.require(
      false,
      "the batch has the samples {} to {} of {}, {} computes {} to {} too; give a whole batch, or the "
      "loader that it was made with, which another DataParallel or set_shards() may have cut since",
      batch.before, end - 1, batch.whole, processes_.name(processes_.rank()), rows.begin, rows.end - 1);
}

void DataParallel::check_result(const ShardResult& result) const {
  constexpr std::size_t kMostSums = detail::BatchNumbers::kMostSums;
  check_.require(result.sums.size() <= kMostSums, "a shard gave {} numbers to sum, {} are the most",
                 result.sums.size(), kMostSums);
  check_.require<ShapeError>(result.loss.numel() == 1,
                             "a shard's loss is {}, one number is expected, the mean", result.loss.shape());
}

// Sums go on as far as they can without waiting; without overlap, those of this process's own shards, whose room is
// wanted for the next.
void DataParallel::move_on() {
  sums_->advance(options_.overlap);
  if (processes_.size() > 1 && InterruptGuard::requested())
    throw Interrupted(
        fmt::format("{} was asked to end in the middle of a step", processes_.name(processes_.rank())));
}

BatchResult DataParallel::deliver(const Step& step) {
  const detail::BatchNumbers& numbers = sums_->numbers;
  check_.require(numbers.sums_are_alike(),
                 "the shards gave {} numbers to sum, {} of them; each must give as many",
                 numbers.sums_given(), numbers.shards());
  sums_->gradients.deliver(numbers.shards_with_gradient());
  step.before.set_means(sums_->buffers.sum(), numbers.marks_of_all(), numbers.shards());
  return {step.samples, numbers.loss(), {numbers.sums().begin(), numbers.sums().end()}};
}

}  // namespace reel::inline REEL_PRECISION
