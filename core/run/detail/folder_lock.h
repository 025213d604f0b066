// One process at a time writes to a folder. Internal to core/run.
#pragma once

#include <filesystem>

#include <reel/core/io/detail/descriptor.h>

namespace reel::inline REEL_PRECISION {

/// Holds a lock (flock) on FOLDER/.lock while it lives; the file says who. Of a process that was killed the
/// system lets go of the lock. Where the file system knows no locks there is none.
class FolderLock {
 public:
  static constexpr const char* kName = ".lock";

  /// An Error that names the other process where one holds the lock, an IoError where the file cannot be
  /// made.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace reel::inline REEL_PRECISION
