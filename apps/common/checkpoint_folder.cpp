#include "common/checkpoint_folder.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <system_error>

#include <fmt/format.h>

namespace reel::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-", kSuffix = ".safetensors";

// The step in a checkpoint's name; -1 for another file, such as what a killed write has left.
std::int64_t step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return -1;
  const char* first = name.data() + kPrefix.size();
  const char* last = name.data() + name.size() - kSuffix.size();
  std::int64_t step = -1;
  const auto [end, error] = std::from_chars(first, last, step);
  return error == std::errc() && end == last ? step : -1;
}

}  // namespace

CheckpointFolder::CheckpointFolder(const std::string& folder, int keep)
    : folder_(folder), keep_(static_cast<std::size_t>(keep)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw IoError(fmt::format("--checkpoint {}: {}", folder, error.message()));
}

fs::path CheckpointFolder::path_of(std::int64_t step) const {
  return folder_ / fmt::format("{}{:08}{}", kPrefix, step, kSuffix);
}

std::vector<std::int64_t> CheckpointFolder::steps() const {
  std::vector<std::int64_t> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (const std::int64_t step = step_of(entry.path().filename().string()); step >= 0) found.push_back(step);
  }
  std::ranges::sort(found, std::greater());
  return found;
}

bool CheckpointFolder::write(const fs::path& path, const std::vector<CheckpointPart>& parts) const {
  try {
    save_checkpoint(path.string(), parts);
    return true;
  } catch (const IoError& error) {
    fmt::print(stderr, "warning: no checkpoint: {}; the training goes on\n", error.what());
    return false;
  }
}

void CheckpointFolder::save(std::int64_t step, const std::vector<CheckpointPart>& parts) {
  if (!write(path_of(step), parts)) return;
  const std::vector<std::int64_t> found = steps();
  for (std::size_t i = keep_; i < found.size(); i++) {
    std::error_code ignored;  // the next one tries again
    fs::remove(path_of(found[i]), ignored);
  }
}

void CheckpointFolder::save_best(const std::vector<CheckpointPart>& parts) {
  write(folder_ / fmt::format("best{}", kSuffix), parts);
}

std::string CheckpointFolder::latest() const {
  const std::vector<std::int64_t> found = steps();
  return found.empty() ? "" : path_of(found.front()).string();
}

std::string CheckpointFolder::load_latest(const std::vector<CheckpointPart>& parts) const {
  std::string refusals;
  for (const std::int64_t step : steps()) {
    const std::string path = path_of(step).string();
    try {
      load_checkpoint(path, parts);
      if (!refusals.empty()) fmt::print(stderr, "warning: {}; {} is used\n", refusals, path);
      return path;
    } catch (const Error& error) {
      refusals += fmt::format("{}{}", refusals.empty() ? "" : "; ", error.what());
    }
  }
  if (!refusals.empty()) throw FormatError(refusals);
  return {};
}

}  // namespace reel::apps
