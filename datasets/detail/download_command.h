// The command that fetches a data set, for messages. Internal to the library and the programs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A path as a word of a shell command.
std::string shell_word(const std::filesystem::path& path);

/// Where cmake --install puts the script, below its prefix.
inline constexpr const char* kInstalledDownloadScript = "share/reel/datasets/download.cmake";

/// Where the script may be: in the source tree that the library was built from, below the prefix that this
/// program is installed in, that the library was configured for, or ~/.local.
std::vector<std::filesystem::path> download_script_places();

/// `name` is what datasets/download.cmake calls the set, `root` where it goes. The script is named by the
/// first of `places` that exists, below the current folder relative to that; where none does, words behind
/// the command say where it was installed.
std::string download_command(const std::string& name, const std::filesystem::path& root,
                             const std::vector<std::filesystem::path>& places = download_script_places());

}  // namespace reel::inline REEL_PRECISION
