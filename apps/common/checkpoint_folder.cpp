#include "common/checkpoint_folder.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <reel/core/io/file.h>

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

// Files that cannot be read, and why: once for all of the same kind.
class Refusals {
 public:
  void add(const std::string& path, std::string why) {
    if (why.starts_with(path + ": ")) why.erase(0, path.size() + 2);
    files_[why].push_back(path);
  }
  bool none() const { return files_.empty(); }
  std::string text() const {
    std::vector<std::string> clauses;
    for (const auto& [why, paths] : files_)
      clauses.push_back(fmt::format("{}: {}", fmt::join(paths, ", "), why));
    return fmt::format("{}", fmt::join(clauses, "; "));
  }

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

std::optional<Checkpoint> try_to_read(const std::string& path, Refusals& refusals) {
  try {
    return read_checkpoint(path);
  } catch (const Error& error) {
    refusals.add(path, error.what());
    return std::nullopt;
  }
}

}  // namespace

CheckpointFolder::CheckpointFolder(const std::string& folder, int keep)
    : folder_(folder), keep_(static_cast<std::size_t>(keep)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw IoError(fmt::format("--checkpoint {}: {}", folder, error.message()));
  remove_leftovers(folder, kSuffix);
  check_writable((folder_ / fmt::format("best{}", kSuffix)).string());
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
  Refusals refusals;
  for (const std::int64_t step : steps()) {
    const std::string path = path_of(step).string();
    const std::optional<Checkpoint> checkpoint = try_to_read(path, refusals);
    if (!checkpoint) continue;
    load_checkpoint(*checkpoint, parts);
    if (!refusals.none()) fmt::print(stderr, "warning: {}; {} is used\n", refusals.text(), path);
    return path;
  }
  if (!refusals.none()) throw FormatError(refusals.text());
  return {};
}

}  // namespace reel::apps
