// The numbers of a training run as JSON lines, one object a line, for other programs to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/core/io/detail/descriptor.h>
#include <nlohmann/json.hpp>

namespace reel::apps {

/// Writes nothing where open() was given no path. A file that cannot be opened is an IoError; one that fails
/// later, as on a full disk or a pipe whose reader has left, ends with its last whole line, and costs a
/// warning and not the training.
class MetricsLog {
 public:
  /// Starts the file; after `step` steps of a run that is resumed, keeps the lines of those steps in it, and
  /// those of others. Of the run's own end there is a new line to come. A file that cannot be read to do so
  /// is an IoError and stays as it is.
  void open(const std::string& path, std::int64_t step = 0);
  /// Appends an object as one line; it is in the file when the call returns. Numbers that are not finite
  /// become null.
  void write(const nlohmann::ordered_json& line);
  /// Why lines are missing; empty where none are.
  const std::string& failure() const { return failure_; }

 private:
  std::string path_, failure_;
  std::optional<Descriptor> file_;
};

}  // namespace reel::apps
