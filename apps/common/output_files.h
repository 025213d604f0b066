// The files of a command line: whether they get in each other's way.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reel::apps {

/// A path and what names it in a message: {"--save", "net.safetensors"}.
struct NamedPath {
  std::string name;
  std::filesystem::path path;
};

/// A UsageError where two of `outputs` are one file, or one of them is one of `inputs`: by their paths, or
/// through links of either kind. Standard output and standard error count
/// where they are files. Empty paths are left out.
void check_distinct(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs);

/// The one path of the file or folder that a path leads to, through links, also where it does not exist yet.
std::filesystem::path canonical_path(const std::filesystem::path& path);

}  // namespace reel::apps
