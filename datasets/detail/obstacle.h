// What stands in the way to a data set's folder. Internal to datasets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A file, or a link that leads nowhere, where a folder is expected, and that in words: "is a file, …".
struct Obstacle {
  std::filesystem::path path;
  std::string why;
};

/// The first on the way from the root to ROOT/folder, both included; none where the way is open, or ends
/// because nothing is there.
std::optional<Obstacle> obstacle_on_way(const std::filesystem::path& root,
                                        const std::filesystem::path& folder);

}  // namespace reel::inline REEL_PRECISION
