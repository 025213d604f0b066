#include <reel/datasets/detail/download_command.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

// As short as it can be said in the current folder.
fs::path relative_to_here(const fs::path& path) {
  std::error_code ignored;
  const fs::path relative = path.lexically_relative(fs::current_path(ignored));
  return relative.empty() || *relative.begin() == ".." ? path : relative;
}

}  // namespace

std::string shell_word(const fs::path& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
  const std::string text = path.string();
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::vector<fs::path> download_script_places() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const char* home = std::getenv("HOME");
  return {fs::path(REEL_SOURCE_DIR) / "datasets/download.cmake",
          program.parent_path().parent_path() / kInstalledDownloadScript,
          fs::path(REEL_INSTALL_PREFIX) / kInstalledDownloadScript,
          fs::path(home ? home : "") / ".local" / kInstalledDownloadScript};
}

std::string download_command(const std::string& name, const fs::path& root,
                             const std::vector<fs::path>& places) {
  const auto is_there = [](const fs::path& path) {
    std::error_code ignored;
    return path.is_absolute() && fs::exists(path, ignored);
  };
  const std::string start = fmt::format("cmake -D DATASET={} -D DIR={} -P ", name, shell_word(root));
  const auto found = std::ranges::find_if(places, is_there);
  if (found != places.end()) return start + shell_word(relative_to_here(*found));
  return start + fmt::format("PREFIX/{}, where PREFIX is the folder that Reel is installed in",
                             kInstalledDownloadScript);
}

}  // namespace reel::inline REEL_PRECISION
