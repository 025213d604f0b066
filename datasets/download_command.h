// The command that fetches a data set, for messages. Internal to datasets.
#pragma once

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A path as a word of a shell command.
inline std::string shell_word(const std::filesystem::path& path) {
  const std::string text = path.string();
  return text.find(' ') == std::string::npos ? text : '"' + text + '"';
}

/// `name` is what datasets/download.cmake calls the set, `root` where it goes.
inline std::string download_command(const std::string& name, const std::filesystem::path& root) {
  return fmt::format("cmake -D DATASET={} -D DIR={} -P datasets/download.cmake", name, shell_word(root));
}

}  // namespace reel::inline REEL_PRECISION
