// The checkpoints of a training run: the latest few, and the best.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

/// Files DIR/step-00000100.safetensors, which sort by their step, and DIR/best.safetensors.
class CheckpointFolder {
 public:
  /// Makes the folder where there is none, an IoError where that fails or nothing can be written there, and
  /// removes what killed runs left half written.
  CheckpointFolder(const std::string& folder, int keep);

  /// Whether a run has left checkpoints here.
  bool empty() const { return steps().empty(); }
  /// Writes a checkpoint and removes the oldest beyond `keep`. A failure, as of a full disk, costs a warning.
  void save(std::int64_t step, const std::vector<CheckpointPart>& parts);
  void save_best(const std::vector<CheckpointPart>& parts);
  /// Loads the latest checkpoint that can be read; those that cannot are named in a warning. Returns its
  /// path; empty where there is none. A FormatError where there are some and none can be read, or this one is
  /// of another run.
  std::string load_latest(const std::vector<CheckpointPart>& parts) const;
  /// The path of the latest checkpoint; empty where there is none.
  std::string latest() const;

 private:
  std::vector<std::int64_t> steps() const;  // of the files that are there, the latest first
  std::filesystem::path path_of(std::int64_t step) const;
  bool write(const std::filesystem::path& path, const std::vector<CheckpointPart>& parts) const;

  std::filesystem::path folder_;
  std::size_t keep_;
};

}  // namespace reel::apps
