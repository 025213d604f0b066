#include <reel/optim/parallel/data_parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/checksum.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/random.h>
#include <reel/core/run/interrupt.h>
#include <reel/layers/running_state.h>
#include <reel/optim/parallel/detail/alike.h>
#include <reel/optim/parallel/detail/gradient_sums.h>
#include <reel/optim/parallel/detail/tree_sum.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kMostShards = 4096;
constexpr std::size_t kMostSums = 16;
constexpr int kNumbersTag = 1, kBuffersTag = 2, kGradientsTag = 3;

// Of a shard's numbers, in double: these, then the user's sums, then for each parameter whether it has a gradient, then
// the marks of what changed in the net.
enum : std::size_t {
  kSamples,
  kLoss,
  kShards,  // 1
  kLayout,  // of the sums: alike in all
  kSums,    // how many the user gives, and its square
  kSumsSquared,
  kFirstSum,
  kFirstGradient = kFirstSum + kMostSums
};

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

// The buffers and counters before the step, from which every shard starts.
class DataParallel::NetState : public RunningState {
 public:
  using RunningState::RunningState;

  /// How many numbers tell what a shard changed.
  std::size_t marks() const { return counters().size() + buffers().size(); }
  std::size_t buffer_numbers() const {
    std::size_t numbers = 0;
    for (const auto& [buffer, before] : buffers()) numbers += static_cast<std::size_t>(before.numel());
    return numbers;
  }
  /// What a shard made of them: `weight` times the buffers, one after another; and as marks how much it added to each
  /// counter, and whether it changed each buffer.
  void note_changes(double weight, std::span<Scalar> numbers, std::span<double> marks) const {
    auto to = numbers.begin();
    auto mark = marks.begin();
    for (const auto& [counter, before] : counters()) *mark++ = static_cast<double>(*counter - before);
    for (const auto& [buffer, before] : buffers()) {
      if (buffer->shape() != before.shape()) {
        throw ShapeError(fmt::format("DataParallel: a buffer {} became {} in the forward of a shard",
                                     before.shape(), buffer->shape()));
      }
      const auto now = std::as_const(*buffer).values();
      *mark++ = std::ranges::equal(now, before.values()) ? 0 : 1;
      for (const Scalar number : now) *to++ = static_cast<Scalar>(weight) * number;
    }
  }
  /// Makes them what so many shards made of them in the mean, from the sums of the above. What none has changed stays,
  /// rather than be rounded.
  void set_means(std::span<const Scalar> numbers, std::span<const double> marks, double shards) const {
    auto mark = marks.begin();
    for (const auto& [counter, before] : counters()) *counter = before + std::llround(*mark++ / shards);
    for (const auto& [buffer, before] : buffers()) {
      const auto count = static_cast<std::size_t>(buffer->numel());
      if (*mark++ > 0) std::ranges::copy(numbers.first(count), buffer->mutable_data());
      numbers = numbers.subspan(count);
    }
  }
};

struct DataParallel::Sums {
  Sums(const detail::ShardTree& shards, const ModuleBase& net, const NetState& state, Communicator& processes)
      : tree(shards),
        layout(detail::checksum_of_layout(net).value()),
        gradients(net.parameters(), tree, processes, kGradientsTag),
        numbers(tree, processes, kNumbersTag, kFirstGradient + gradients.count() + state.marks()),
        buffers(tree, processes, kBuffersTag, state.buffer_numbers()) {}

  /// Whether they are those of the net as it is now.
  bool fit(const ModuleBase& net, const NetState& state) const {
    return gradients.fits(net.parameters()) && buffers.count() == state.buffer_numbers() &&
           numbers.count() == kFirstGradient + gradients.count() + state.marks();
  }

  void start() {
    gradients.start();
    numbers.start();
    buffers.start();
  }
  bool advance(bool may_talk = true) {
    const bool have_gradients = gradients.advance(may_talk), have_numbers = numbers.advance(may_talk);
    return buffers.advance(may_talk) && have_gradients && have_numbers;
  }
  bool is_talking() const { return gradients.is_talking() || numbers.is_talking() || buffers.is_talking(); }

  detail::ShardTree tree;
  double layout;  // a checksum of what is summed
  detail::GradientSums gradients;
  detail::TreeSum<double> numbers;
  detail::TreeSum<Scalar> buffers;
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
  const detail::ShardTree& tree = sums(NetState(net_)).tree;
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

DataParallel::Sums& DataParallel::sums(const NetState& before) {
  if (!sums_ || !sums_->fit(net_, before)) {
    check_sizes(before);
    const detail::ShardTree tree{static_cast<int>(options_.shards), processes_.size()};
    sums_ = std::make_unique<Sums>(tree, net_, before, processes_);
  }
  return *sums_;
}

// A message has less than 2 GB.
void DataParallel::check_sizes(const NetState& before) const {
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
  check_.require(!tape.gradient_sink, "the tape's gradient_sink is its own; give none");
  const Index samples = batch.whole > 0 ? batch.whole : batch.size();
  check_.require(samples > 0, "the batch is empty");
  check_weights();
  BatchResult result =
      options_.shards == 1 ? compute_whole(batch, f, tape) : compute(batch, samples, f, tape);
  steps_++;
  return result;
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

BatchResult DataParallel::compute(const Batch& batch, Index samples, const ShardFunction& f,
                                  const TapeOptions& tape) {
  const NetState before(net_);
  const GeneratorState generator = generator_state();
  try {
    compute_shards(batch, samples, f, tape, before);
    return deliver(samples, before);
  } catch (...) {
    processes_.give_up();
    before.restore();
    set_generator_state(generator);
    throw;
  }
}

void DataParallel::compute_shards(const Batch& batch, Index samples, const ShardFunction& f,
                                  const TapeOptions& tape, const NetState& before) {
  Sums& sum = sums(before);
  const RandomStream of_step = next_random_stream();
  const GeneratorGuard after_step;
  sum.start();
  const int first = sum.tree.first(processes_.rank()), last = sum.tree.first(processes_.rank() + 1);
  for (int shard = first; shard < last; shard++) {
    const ShardRows rows = shard_rows(samples, options_.shards, shard);
    check_rows(batch, rows);
    if (shard > first) before.restore();
    seed_for_shard(of_step, shard);
    const bool whole = rows.begin == 0 && rows.end == samples;
    compute_shard(shard, whole ? batch : batch.rows(rows.begin - batch.before, rows.end - batch.before),
                  static_cast<double>(rows.end - rows.begin) / static_cast<double>(samples), f, tape, before);
    move_on();
  }
  processes_.wait_until([&] { return sum.advance(); });
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

// Of no samples, nothing but zeros.
void DataParallel::compute_shard(int shard, const Batch& samples, double weight, const ShardFunction& f,
                                 TapeOptions options, const NetState& before) {
  Sums& sum = *sums_;
  const auto numbers = sum.numbers.open(shard);
  const auto buffers = sum.buffers.open(shard);
  std::ranges::fill(numbers, 0.0);
  std::ranges::fill(buffers, Scalar(0));
  sum.gradients.open(shard);
  if (samples.size() > 0) {
    options.gradient_sink = [&](Parameter& parameter, const Tensor& gradient) {
      sum.gradients.take(parameter, gradient);
      if (options_.overlap) move_on();
    };
    Tape tape(options);
    const ShardResult result = with_label(
        [&] {
          return fmt::format("shard {} of {}, {} sample{}", shard, options_.shards, samples.size(),
                             samples.size() == 1 ? "" : "s");
        },
        [&] { return f(tape, samples); });
    check_result(result);
    tape.backward(result.loss, Tensor::full(result.loss.shape(), static_cast<Scalar>(weight)));
    numbers[kSamples] = static_cast<double>(samples.size());
    numbers[kLoss] = weight * static_cast<double>(result.loss.item());
    numbers[kShards] = 1;
    numbers[kLayout] = sum.layout;
    numbers[kSums] = static_cast<double>(result.sums.size());
    numbers[kSumsSquared] = numbers[kSums] * numbers[kSums];
    std::ranges::copy(result.sums, numbers.begin() + kFirstSum);
    before.note_changes(weight, buffers, numbers.last(before.marks()));
  }
  sum.gradients.close();
  for (std::size_t i = 0; i < sum.gradients.count(); i++) {
    numbers[kFirstGradient + i] = sum.gradients.has(i) ? 1 : 0;
  }
  sum.numbers.close(shard);
  sum.buffers.close(shard);
}

void DataParallel::check_result(const ShardResult& result) const {
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

BatchResult DataParallel::deliver(Index samples, const NetState& before) {
  const Sums& sum = *sums_;
  const auto numbers = sum.numbers.sum();
  const double shards = numbers[kShards], sums_of_all = numbers[kSums];
  check_.require(
      numbers[kSamples] == static_cast<double>(samples),
      "the batch has {} samples at {}, all shards together have {}; all processes must take the same",
      samples, processes_.name(processes_.rank()), numbers[kSamples]);
  check_.require(
      numbers[kLayout] == shards * sum.layout,
      "the parameters that are trainable, or the shapes in the net, are not those of other processes");
  check_.require(numbers[kSumsSquared] * shards == sums_of_all * sums_of_all,
                 "the shards gave {} numbers to sum, {} of them; each must give as many", sums_of_all,
                 shards);
  sum.gradients.deliver(numbers.subspan(kFirstGradient, sum.gradients.count()));
  before.set_means(sum.buffers.sum(), numbers.last(before.marks()), shards);
  const auto user_sums = numbers.subspan(kFirstSum, static_cast<std::size_t>(sums_of_all / shards));
  return {samples, numbers[kLoss], {user_sums.begin(), user_sums.end()}};
}

}  // namespace reel::inline REEL_PRECISION
