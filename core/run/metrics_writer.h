// The numbers of a training, step by step, for other programs to read: what all formats have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/option_check.h>
#include <reel/core/run/warning.h>

namespace reel::inline REEL_PRECISION {

/// Named numbers: {{"loss", 0.3}, {"accuracy", 0.9}}.
using Metrics = std::vector<std::pair<std::string, double>>;

struct MetricsOptions {
  /// Of a run that is resumed: how many steps are done. What the file has of them stays, and what it has of later
  /// ones, which are done again, does not. 0: what was there before is replaced.
  Index after_step = 0;
  WarningSink warn = print_warning;  ///< told once where no more can be written
};

/// JsonLines, CsvLog and EventFile are one, and a program's own format may be:
///   JsonLines log{"metrics.jsonl"};
///   log.write(step, {{"loss", loss}, {"accuracy", accuracy}});
/// What was written is in the file when the call returns, so that a kill costs nothing of it. A file that cannot
/// be opened is an IoError; one that fails later, as on a full disk or a pipe whose reader has left, ends with the
/// last step that is whole, and costs a warning and not the training.
class MetricsWriter {
 public:
  virtual ~MetricsWriter() = default;
  MetricsWriter(const MetricsWriter&) = delete;
  MetricsWriter& operator=(const MetricsWriter&) = delete;

  /// Writes the numbers of a step, or of an epoch where that is what is counted; infinities and NaN may be among
  /// them. A count below 0 or above 2^53 is an Error, and so is a name that is empty, "step", or there twice.
  void write(std::int64_t step, const Metrics& metrics);
  /// Why numbers are missing; empty where none are.
  virtual const std::string& failure() const = 0;

 protected:
  /// What is made, and where, for its errors; see OptionCheck.
  explicit MetricsWriter(std::string_view name = "MetricsWriter", Location where = {})
      : check_(name, where) {}
  const OptionCheck& check() const { return check_; }

 private:
  virtual void put(std::int64_t step, const Metrics& metrics) = 0;  // which have been checked

  OptionCheck check_;
};

}  // namespace reel::inline REEL_PRECISION
