// A file that grows by whole records. Internal to core/run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <reel/core/io/detail/descriptor.h>
#include <reel/core/run/warning.h>

namespace reel::inline REEL_PRECISION {

class RecordFile {
 public:
  /// What stays of a file's content.
  using Filter = std::function<std::string(const std::string& content)>;

  /// Starts the file at `path` anew; with a filter, goes on with what that leaves of it, if it is a file: a pipe
  /// has no end to come to. One that cannot be opened, or not be read to go on, is an IoError and stays as it is.
  RecordFile(std::string path, const Filter& filter, WarningSink warn);
  /// Goes on with an open file.
  RecordFile(std::string path, Descriptor file, WarningSink warn);

  /// Appends a record, which is in the file when the call returns, or none of it where it is a file: then there is
  /// a warning, and nothing is written from there on.
  void append(std::string_view record);
  const std::string& path() const { return path_; }
  /// Why records are missing; empty where none are.
  const std::string& failure() const { return failure_; }

 private:
  std::string path_, failure_;
  std::optional<Descriptor> file_;  // until it fails
  WarningSink warn_;
};

}  // namespace reel::inline REEL_PRECISION
