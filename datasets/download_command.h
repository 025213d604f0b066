// The command that fetches a data set, for messages. Internal to datasets.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A path as a word of a shell command.
inline std::string shell_word(const std::filesystem::path& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
  const std::string text = path.string();
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// `name` is what datasets/download.cmake calls the set, `root` where it goes.
inline std::string download_command(const std::string& name, const std::filesystem::path& root) {
  return fmt::format("cmake -D DATASET={} -D DIR={} -P datasets/download.cmake", name, shell_word(root));
}

}  // namespace reel::inline REEL_PRECISION
