// The checkpoints of a training run: the latest few, and the best.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "common/folder_lock.h"

namespace reel::apps {

/// Files DIR/step-00000100.safetensors, which sort by their step, and DIR/best.safetensors. Other files are
/// left alone. A folder that cannot be read is an IoError, where checkpoints are to be found; in the middle
/// of a training it costs a warning.
class CheckpointFolder {
 public:
  /// Makes the folder where there is none, an IoError where that fails or nothing can be written there, locks
  /// it, an Error where another process has (see FolderLock), and removes what killed runs left half written.
  CheckpointFolder(const std::string& folder, int keep);

  /// Whether a run has left checkpoints here, be it the best alone.
  bool empty() const;
  /// Writes a checkpoint beside its place, reads it back, and only then replaces one of the same step and
  /// removes the oldest of this step and before beyond `keep`; the one that the run was resumed from stays. A
  /// failure, as of a full disk, costs a warning.
  void save(std::int64_t step, const std::vector<CheckpointPart>& parts);
  /// Likewise of the best; where best.safetensors is a link, the file that it leads to is replaced.
  void save_best(const std::vector<CheckpointPart>& parts);
  /// Why what was to be saved last, or as the best, is not there; empty where both are.
  const std::string& failure() const { return failure_.empty() ? best_failure_ : failure_; }
  /// Loads the latest checkpoint that can be read, the best where there is no other; those that cannot are
  /// named in a warning. Returns its path; empty where there is none. A FormatError where there are some and
  /// none can be read, or this one is of another run.
  std::string load_latest(const std::vector<CheckpointPart>& parts);
  /// The best, where it is there and can be read.
  std::optional<Checkpoint> best() const;
  /// The path of the checkpoint that was written or loaded last; empty where there is none.
  const std::string& latest() const { return latest_; }

  /// Whether a file of that name in the folder is one of its own.
  static bool owns(const std::string& name);

 private:
  std::vector<std::int64_t> steps() const;  // of the files that are there, the latest first
  bool has_best() const;
  std::filesystem::path path_of(std::int64_t step) const;
  std::filesystem::path path_of_best() const;
  void remove_unfinished() const;
  void remove_old(std::int64_t latest) const;

  std::filesystem::path folder_;
  std::size_t keep_;
  std::optional<FolderLock> lock_;  // taken once the folder is there
  std::string latest_, resumed_from_;
  std::string failure_, best_failure_;
  std::set<std::int64_t> damaged_;  // steps whose files load_latest() could not read
};

}  // namespace reel::apps
