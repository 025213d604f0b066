// The numbers of a training run as JSON lines, one object a line, for other programs to read.
#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>

#include <reel/core/scalar.h>

namespace reel::apps {

/// Writes nothing where open() was given no path. A file that cannot be opened is an IoError; one that fails
/// later, as on a full disk, costs a warning and not the training.
class MetricsLog {
 public:
  using Value = std::variant<std::int64_t, double, std::string>;

  /// Starts the file; after `step` steps of a run that is resumed, keeps the lines of those steps in it.
  void open(const std::string& path, std::int64_t step);
  /// Appends one line; it is in the file when the call returns. Numbers that are not finite become null.
  void write(std::initializer_list<std::pair<std::string, Value>> fields);

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace reel::apps
