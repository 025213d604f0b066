// The files of a command line: whether they get in each other's way, and which flag an error is about.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <reel/core/error.h>

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

/// f(), whose Error gets the flag in front that the file is of: "--save: cannot write net: Permission
/// denied".
template <class F>
void for_flag(std::string_view flag, F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const IoError& error) {
    throw IoError(fmt::format("{}: {}", flag, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", flag, error.what()));
  }
}

/// The one path of the file or folder that a path leads to, through links, also where it does not exist yet.
std::filesystem::path canonical_path(const std::filesystem::path& path);

}  // namespace reel::apps
