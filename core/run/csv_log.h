// The numbers of a training as a table of comma-separated values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reel/core/run/metrics_writer.h>

namespace reel::inline REEL_PRECISION {

class RecordFile;

/// A line of names, "step,loss,accuracy", and one of numbers for each step, as spreadsheets and pandas.read_csv
/// read them (RFC 4180, but that lines end in "\n"). Numbers come back bit by bit; "nan", "inf" and "-inf" are
/// among them.
class CsvLog : public MetricsWriter {
 public:
  /// A file that is gone on with and does not begin with a line of names, "step" the first, is a FormatError and
  /// stays as it is. One in which that line is cut, as by a kill, is started anew.
  explicit CsvLog(const std::string& path, MetricsOptions options = {}, Location where = {});
  ~CsvLog() override;

  const std::string& failure() const override;

 private:
  /// The first call's names are the columns. One that is missing later is an empty cell, a new one an Error.
  void put(std::int64_t step, const Metrics& metrics) override;

  std::vector<std::string> columns_;  // empty until they are known
  std::unique_ptr<RecordFile> file_;
};

}  // namespace reel::inline REEL_PRECISION
