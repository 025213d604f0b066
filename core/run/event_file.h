// The numbers of a training as TensorBoard shows them.
#pragma once

#include <memory>
#include <string>

#include <reel/core/run/metrics_writer.h>

namespace reel::inline REEL_PRECISION {

class RecordFile;

/// Scalars in an event file, for `tensorboard --logdir runs`, where FOLDER is "runs/one": a curve for each name,
/// and names as "loss/train" and "loss/test" side by side. Numbers are rounded to float.
class EventFile : public MetricsWriter {
 public:
  /// Makes the folder where there is none, and in it a new file, "events.out.tfevents.SECONDS.HOST", each time.
  /// Other files stay, but of what they have of steps after `after_step`, or of all where that is 0, TensorBoard
  /// shows no more: give each run its own folder.
  explicit EventFile(const std::string& folder, MetricsOptions options = {}, Location where = {});
  ~EventFile() override;

  const std::string& path() const;
  const std::string& failure() const override;

 private:
  void put(std::int64_t step, const Metrics& metrics) override;

  std::unique_ptr<RecordFile> file_;
};

}  // namespace reel::inline REEL_PRECISION
