#include "common/run_report.h"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/run/interrupt.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/terminal.h>

#include "common/evaluation.h"
#include "common/output.h"
#include "common/processes.h"
#include "common/run_metrics.h"
#include "common/sample.h"
#include "common/terminal.h"
#include "common/training_report.h"

namespace reel::apps {
namespace {

constexpr std::size_t kShown = 6;  // images drawn in the terminal, right and wrong

void draw(const std::string& title, const LabelledImages& dataset,
          const std::vector<Prediction>& predictions) {
  std::vector<Tensor> images;
  std::vector<std::string> captions;
  for (const Prediction& p : predictions) {
    images.push_back(image_of(dataset, p.index));
    captions.push_back(p.predicted == p.label ? class_name(dataset, p.label)
                                              : fmt::format("{} read as {}", class_name(dataset, p.label),
                                                            class_name(dataset, p.predicted)));
  }
  if (!images.empty()) print_text("\n{}\n\n{}", title, draw_images(images, captions, terminal_columns()));
}

// The terminal draws grey images only.
void show_evaluation(const LabelledImages& dataset, const Evaluation& evaluation) {
  print_text("\n{}", evaluation.confusion.text());
  if (dataset.sample_shape()[0] == 1) {
    draw("Read right:", dataset, evaluation.first_right(kShown));
    draw("The worst mistakes:", dataset, evaluation.worst_mistakes(kShown));
  }
  print_text("\n");
}

void write_report(const FinishedRun& run, const Evaluation& evaluation) {
  write_training_report(run, evaluation);
  print_text("report in {}\n", printable(run.flags.report));
}

void save_weights(const FinishedRun& run) {
  save(run.net, run.flags.save);
  print_text("weights in {}\n", printable(run.flags.save));
}

void write_onnx(const FinishedRun& run) {
  export_onnx(run.net, input_of(run), run.flags.onnx);
  print_text("network in {}\n", printable(run.flags.onnx));
}

}  // namespace

int finish_run(const FinishedRun& run) {
  std::vector<std::string> failures;  // of files, which after a long training shall not cost its result
  const auto note = [&](const char* flag, const std::string& failure) {
    if (!failure.empty()) failures.push_back(fmt::format("{}: {}", flag, failure));
  };
  const auto try_to = [&](const char* flag, const auto& write) {
    try {
      write();
    } catch (const IoError& error) {
      note(flag, error.what());
    }
  };
  note("--checkpoint", run.record.checkpoint_failure);
  if (!run.flags.save.empty()) try_to("--save", [&] { save_weights(run); });
  if (!run.flags.onnx.empty()) try_to("--onnx", [&] { write_onnx(run); });
  if (run.flags.profile) print_text("\n{}", run.record.profile.text());
  const std::optional<Evaluation> test =
      InterruptGuard::requested() ? std::nullopt : evaluate(run.net, run.test, run.test_views, processes());
  if (test) {
    show_evaluation(run.test, *test);
    if (!run.flags.report.empty()) try_to("--report", [&] { write_report(run, *test); });
    write_metrics(run.record, end_row(run, *test));
    print_text("weights {:016x}\n", weights_hash(run.net));
    print_text("test accuracy {:.2f}% ({}/{})\n", 100 * test->accuracy.value(), test->accuracy.correct(),
               test->accuracy.total());
  }
  if (run.record.metrics) note("--metrics", run.record.metrics->failure());
  if (!failures.empty()) throw IoError(fmt::format("{}", fmt::join(failures, "; ")));
  return test ? 0 : InterruptGuard::exit_status();
}

}  // namespace reel::apps
