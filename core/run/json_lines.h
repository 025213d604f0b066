// The numbers of a training as JSON lines, one object a line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <reel/core/run/metrics_writer.h>

namespace reel::inline REEL_PRECISION {

class RecordFile;

/// {"step":100,"loss":0.3,"accuracy":0.9}, as pandas.read_json(path, lines=True) and jq read it. Numbers come back
/// bit by bit; those that are not finite, which JSON does not know, become null. Each line has its own names.
class JsonLines : public MetricsWriter {
 public:
  /// Of a file that is gone on with, lines without a "step" stay, too. One of {"kind": "end"} does not: it sums a
  /// run up that is not at its end any more.
  explicit JsonLines(const std::string& path, MetricsOptions options = {}, Location where = {});
  ~JsonLines() override;

  /// A line of the program's own making, for what is more than numbers: one JSON object in UTF-8. A line break in
  /// it is an Error.
  void write_line(std::string_view object);
  const std::string& failure() const override;

 private:
  void put(std::int64_t step, const Metrics& metrics) override;

  std::unique_ptr<RecordFile> file_;
};

}  // namespace reel::inline REEL_PRECISION
