// The checkpoints of a training run: the latest few, and the best.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <reel/core/io/checkpoint.h>
#include <reel/core/option_check.h>
#include <reel/core/run/warning.h>

namespace reel::inline REEL_PRECISION {

class FolderLock;

struct CheckpointFolderOptions {
  Index keep = 3;                    ///< how many of the latest stay, 1 or more, besides the best
  WarningSink warn = print_warning;  ///< told of what costs no training
};

/// What a training that can be stopped at any moment, by a kill too, goes on from:
///   CheckpointFolder folder{"run", {.keep = 3}};
///   const std::vector<CheckpointPart> parts{{"net", &net}, {"adam", &adam}, {"train", &train}};
///   folder.load_latest(parts);  // where there is one
///   ... folder.save(adam.steps(), parts);
/// Resumed so, with the loader among the parts, it ends with the same bits as one that was never stopped.
/// Files are DIR/step-00000100.safetensors, which sort by their step, DIR/best.safetensors, and DIR/.lock while
/// one is open. Other files are left alone. A folder that cannot be read is an IoError, where checkpoints are to
/// be found; in the middle of a training it costs a warning.
class CheckpointFolder {
 public:
  /// Makes the folder where there is none, an IoError where that fails or nothing can be written there, locks
  /// it, an Error that names the other process where one has it open, and removes what killed runs left half
  /// written.
  explicit CheckpointFolder(const std::string& folder, CheckpointFolderOptions options = {},
                            Location where = {});
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  /// Whether no run has left checkpoints here, be it the best alone. A new run does not belong beside an old
  /// one's, from which it would be resumed: ask before it.
  bool empty() const;
  /// Writes a checkpoint beside its place, reads it back, and only then replaces one of the same step and
  /// removes the oldest of this step and before beyond `keep`; the one that the run was resumed from stays. A
  /// failure, as of a full disk, costs a warning; a step below 0 or above 2^53 is an Error.
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
  void warn(const std::string& message) const;
  void remove_unfinished() const;
  void remove_old(std::int64_t latest) const;

  OptionCheck check_;
  std::filesystem::path folder_;
  std::size_t keep_;
  WarningSink warn_;
  std::unique_ptr<FolderLock> lock_;  // taken once the folder is there
  std::string latest_, resumed_from_;
  std::string failure_, best_failure_;
  std::set<std::int64_t> damaged_;  // steps whose files load_latest() could not read
};

}  // namespace reel::inline REEL_PRECISION
