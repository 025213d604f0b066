#include "common/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>
#include <reel/core/text/detail/printable.h>

#include "common/faults.h"
#include "common/load_weights.h"
#include "common/output.h"
#include "common/processes.h"
#include "common/run_metrics.h"

namespace reel::apps {
namespace {

Var batch_loss(Var logits, const Batch& batch, double label_smoothing) {
  const CrossEntropyOptions options{.label_smoothing = label_smoothing};
  return batch.probabilities.defined() ? cross_entropy(logits, batch.probabilities, options)
                                       : cross_entropy(logits, batch.labels, options);
}

}  // namespace

Trainer::Trainer(TrainingParts parts, const TrainingFlags& flags, RunRecord& record)
    : parts_(std::move(parts)),
      flags_(flags),
      record_(record),
      history_(record.history),
      parallel_(parts_.net, parts_.loader, {.shards = flags.shards, .overlap = flags.overlap}, processes()) {
  if (!flags_.checkpoint.empty())
    with_label([] { return "--checkpoint"; },
               [&] { folder_.emplace(flags_.checkpoint, CheckpointFolderOptions{.keep = flags_.keep}); });
  const bool is_new = !folder_ || folder_->empty();
  if (!is_new && !flags_.resume) {
    throw Error(
        fmt::format("--checkpoint {}: there are checkpoints of a run already; give --resume to go on with "
                    "it, or another folder",
                    flags_.checkpoint));
  }
  if (is_new && !flags_.load.empty()) load_weights(parts_.net, flags_.load);
  if (flags_.ema > 0) ema_.emplace(parts_.net, EmaOptions{.decay = flags_.ema});
  if (flags_.resume) resume();
  parallel_.broadcast(checkpoint_parts());
  open_metrics(record_, flags_.metrics, history_.step);
}

std::vector<CheckpointPart> Trainer::checkpoint_parts() {
  // The settings first: other flags explain whatever else does not fit.
  std::vector<CheckpointPart> parts{{"settings", &parts_.settings},   {"model", &parts_.net},
                                    {"optimizer", &parts_.optimizer}, {"schedule", &parts_.schedule},
                                    {"loader", &parts_.loader},       {"history", &history_},
                                    {"ranges", &record_.ranges},      {"filters", &record_.filters}};
  if (ema_) parts.push_back({"ema", &*ema_});
  return parts;
}

void Trainer::resume() {
  const std::string path = folder_->load_latest(checkpoint_parts());
  if (path.empty()) {
    print_text("no checkpoint in {} yet: the training starts\n", printable(flags_.checkpoint));
  } else {
    print_text("resumed from {}, after step {}\n", printable(path), history_.step);
    keep_better_best();
  }
}

// Where the run was resumed from before the epoch that was the best, that one is still the best.
void Trainer::keep_better_best() {
  const std::optional<Checkpoint> best = folder_->best();
  if (!best || !best->parts.contains("history")) return;
  const auto& reals = best->parts.at("history").reals;
  const auto accuracy = reals.find("best_accuracy");
  if (accuracy != reals.end()) history_.best_accuracy = std::max(history_.best_accuracy, accuracy->second);
}

Progress Trainer::progress_of_epoch(Index epoch) const {
  return {fmt::format("epoch {}/{}", epoch, flags_.epochs),
          parts_.loader.dataset().size(),
          {.done = history_.images, .unit = "images"}};
}

void Trainer::run() {
  if (history_.step == 0) record_.filters.add(0, parts_.net);
  const bool not_evaluated = parts_.loader.position() == 0 && history_.images > 0;  // see end_epoch()
  if (not_evaluated) {
    Progress progress = progress_of_epoch(parts_.loader.epoch());
    end_epoch(progress);
  }
  while (parts_.loader.epoch() < flags_.epochs && !InterruptGuard::requested()) train_epoch();
  if (ema_) ema_->swap();
}

void Trainer::train_epoch() {
  Loader& loader = parts_.loader;
  Progress progress = progress_of_epoch(loader.epoch() + 1);
  for (const Batch& batch : loader) {
    const Index in_step = (loader.position() - 1) % flags_.accumulate;
    if (in_step == 0) begin_step();
    try {
      train_batch(batch, in_step, progress);
    } catch (const Interrupted&) {
      back_to_step_start(in_step + 1);
      return interrupted(progress);
    }
    const bool last = loader.position() == loader.size();
    if (in_step + 1 < flags_.accumulate || last) continue;  // after the last step the epoch ends first
    if (InterruptGuard::requested()) {
      return interrupted(progress);
    }
    if (flags_.every > 0 && history_.step % flags_.every == 0) save_checkpoint();
  }
  end_epoch(progress);
}

// The `in_step`-th of the batches that make a step, and, after the last of them, the step.
void Trainer::train_batch(const Batch& batch, Index in_step, Progress& progress) {
  const Loader& loader = parts_.loader;
  const Index first = loader.position() - 1 - in_step;
  const double seconds_before = progress.seconds();
  const Index images = add_gradients(batch, std::min(flags_.accumulate, loader.size() - first));
  if (in_step + 1 == flags_.accumulate || loader.position() == loader.size()) update();
  progress.advance(images, {fmt::format("loss {:.4f}", epoch_loss()),
                            fmt::format("accuracy {:.2f}%", 100 * epoch_accuracy())});
  history_.seconds += progress.seconds() - seconds_before;
}

void Trainer::begin_step() {
  parts_.optimizer.zero_grad();
  step_start_ = {generator_state(), history_};
  // The batch that is interrupted leaves the net as it was, but one before it may have changed it.
  if (flags_.accumulate > 1 && flags_.shards > 1) step_start_.net.emplace(parts_.net);
}

// Of several processes, one that is to end does not wait for the others, for they may be gone: not for the rest of a
// step, of which so many batches were given out.
void Trainer::back_to_step_start(Index batches) {
  parts_.loader.go_back(batches);
  set_generator_state(step_start_.generator);
  static_cast<EpochSums&>(history_) = step_start_.sums;
  step_loss_ = 0;
  if (step_start_.net) step_start_.net->restore();
}

// Forward and backward of a batch, one of several that make a step. How many images it has.
Index Trainer::add_gradients(const Batch& batch, Index batches_in_step) {
  const Index images = batch.whole > 0 ? batch.whole : batch.size();
  OptionCheck("training", {}).counts_on("images of the epoch", history_.images, images);
  std::map<std::string, Tensor> layer_results;  // of the first shard
  const auto forward_shard = [&](Tape& tape, const Batch& shard) {
    const double share = static_cast<double>(shard.size()) / static_cast<double>(images);
    ShardResult result = forward(tape, shard, batches_in_step, share);
    if (wants_ranges() && layer_results.empty()) layer_results = results_by_layer(tape);
    return result;
  };
  const BatchResult result = parallel_.backward(batch, forward_shard, {.profile = &record_.profile});
  check_gradients(batch);
  if (wants_ranges()) record_.ranges.sample(history_.step + 1, parts_.net, layer_results);
  history_.loss_sum += result.sums[0];
  history_.cross_entropy_sum += result.sums[1];
  history_.correct += static_cast<std::int64_t>(result.sums[2]);
  history_.images += images;
  step_loss_ += result.sums[3];
  return images;
}

// Of a shard, which is this share of its batch: the loss, and sums over its images.
ShardResult Trainer::forward(Tape& tape, const Batch& shard, Index batches_in_step, double share) {
  const Var logits = parts_.net(tape.input(shard.images)), loss = loss_of(logits, shard);
  check(loss_fault(tape, loss), history_.step + 1);
  const auto value = static_cast<double>(loss.item()), count = static_cast<double>(shard.size());
  Accuracy accuracy;
  accuracy.add(logits.value(), shard.labels);
  return {batches_in_step == 1 ? loss : loss / static_cast<Scalar>(batches_in_step),
          {value * count, cross_entropy_of(logits, shard, value) * count,
           static_cast<double>(accuracy.correct()), value / static_cast<double>(batches_in_step) * share}};
}

Var Trainer::loss_of(Var logits, const Batch& batch) const {
  return batch_loss(logits, batch, flags_.label_smoothing);
}

// The loss without label smoothing, which is how test images are measured.
double Trainer::cross_entropy_of(Var logits, const Batch& batch, double loss) const {
  if (flags_.label_smoothing == 0) return loss;
  Tape tape{{.record = false}};
  return static_cast<double>(batch_loss(tape.input(logits.value()), batch, 0).item());
}

void Trainer::update() {
  history_.step++;
  const auto x = static_cast<double>(history_.step);
  history_.step_loss.points.emplace_back(x, std::exchange(step_loss_, 0));
  history_.learning_rate.points.emplace_back(x, parts_.optimizer.lr());
  const auto start = std::chrono::steady_clock::now();
  if (flags_.clip > 0) clip_grad_norm(parts_.net.parameters(), flags_.clip);
  parts_.optimizer.step();
  parts_.schedule.step();
  if (ema_) ema_->update();
  record_.profile.add("", "optimiser", Pass::kForward,
                      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

// Some twenty times in a run, and at the last batch of a step, when the gradient is whole.
bool Trainer::wants_ranges() const {
  constexpr Index kSamples = 24;
  if (flags_.report.empty() && flags_.metrics.empty()) return false;
  const Loader& loader = parts_.loader;
  const Index steps = flags_.epochs * ((loader.size() - 1) / flags_.accumulate + 1);
  const bool whole = loader.position() % flags_.accumulate == 0 || loader.position() == loader.size();
  return whole && history_.step % std::max<Index>(steps / kSamples, 1) == 0;
}

void Trainer::end_epoch(Progress& progress) {
  check_weights();
  const auto epoch = std::ssize(history_.train_loss.points) + 1;
  if (ema_) ema_->swap();
  const std::optional<Evaluation> evaluation =
      evaluate(parts_.net, parts_.test, {parts_.test_transform}, processes());
  if (evaluation) record_.filters.add(epoch, parts_.net);
  if (ema_) ema_->swap();
  if (!evaluation) return interrupted(progress);  // a resumed run evaluates first: the epoch's sums tell it
  const Evaluation& test = *evaluation;
  check(std::isfinite(test.loss.value()) ? "" : "the loss of the test images is not finite", history_.step);
  note_epoch(epoch, test);
  progress.finish(fmt::format("loss {:.4f}  accuracy {:.2f}%, test {:.2f}%", epoch_loss(),
                              100 * epoch_accuracy(), 100 * test.accuracy.value()));
  write_metrics(record_, epoch_row(record_, progress.rate()));
  static_cast<EpochSums&>(history_) = {};
  const bool best = test.accuracy.value() > history_.best_accuracy;
  if (best) history_.best_accuracy = test.accuracy.value();
  // The best first: the checkpoint of the step tells that it was found, and a resumed run relies on its file.
  if (best && folder_) folder_->save_best(checkpoint_parts());
  save_checkpoint();
}

// What came of the epoch, as points of the curves.
void Trainer::note_epoch(std::int64_t epoch, const Evaluation& test) {
  const auto x = static_cast<double>(epoch);
  history_.train_loss.points.emplace_back(x, epoch_loss());
  history_.train_cross_entropy.points.emplace_back(
      x, history_.cross_entropy_sum / static_cast<double>(history_.images));
  history_.train_accuracy.points.emplace_back(x, epoch_accuracy());
  history_.test_loss.points.emplace_back(x, test.loss.value());
  history_.test_accuracy.points.emplace_back(x, test.accuracy.value());
}

void Trainer::interrupted(Progress& progress) {
  progress.finish(fmt::format("interrupted after step {}", history_.step));
  save_checkpoint();
}

void Trainer::save_checkpoint() {
  check_weights();
  if (!folder_) return;
  folder_->save(history_.step, checkpoint_parts());
  record_.checkpoint_failure = folder_->failure();
}

// Where a gradient is not finite, the batch runs once more on a tape that shows which op made it so.
void Trainer::check_gradients(const Batch& batch) {
  const std::string fault = gradient_fault(parts_.net);
  if (fault.empty()) return;
  if (batch.size() == 0) check(fault, history_.step + 1);  // another process has what made it
  parts_.net.zero_grad();
  Tape tape{{.keep_grads = true}};
  tape.backward(loss_of(parts_.net(tape.input(batch.images)), batch));
  check(fault + gradient_maker(tape), history_.step + 1);
}

void Trainer::check_weights() const {
  check(weight_fault(parts_.net), history_.step);
  if (ema_) check(average_fault(*ema_), history_.step);
}

// An Error where there is a fault: the step that made it, what helps, and what is left of the run.
void Trainer::check(const std::string& fault, std::int64_t step) const {
  if (fault.empty()) return;
  const std::string kept = folder_ ? folder_->latest() : "";
  throw Error(fmt::format("step {}: {}; try a smaller --lr{}{}", step, fault,
                          flags_.clip == 0 ? " or --clip 1" : "",
                          kept.empty() ? "" : fmt::format("; the last good checkpoint is {}", kept)));
}

}  // namespace reel::apps
