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

#include "common/output.h"

namespace reel::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-", kSuffix = ".safetensors";
constexpr const char *kBestName = "best.safetensors", *kNewBestName = "best.new.safetensors";

std::string step_name(std::int64_t step) { return fmt::format("{}{:08}{}", kPrefix, step, kSuffix); }

// The step in a checkpoint's name; -1 for another file, such as what a killed write has left.
std::int64_t step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return -1;
  const char* first = name.data() + kPrefix.size();
  const char* last = name.data() + name.size() - kSuffix.size();
  std::int64_t step = -1;
  const auto [end, error] = std::from_chars(first, last, step);
  return error == std::errc() && end == last && name == step_name(step) ? step : -1;
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

// Whether it is there, whole; a failure costs a warning.
bool write_and_read_back(const fs::path& path, const std::vector<CheckpointPart>& parts) {
  const auto warn = [](const std::string& why) {
    complain("warning: no checkpoint: {}; the training goes on\n", why);
    return false;
  };
  try {
    save_checkpoint(path.string(), parts);
    verify_checkpoint(path.string());
    return true;
  } catch (const IoError& error) {
    return warn(error.what());
  } catch (const FormatError& error) {
    return warn(fmt::format("what was written is not what is read back: {}", error.what()));
  }
}

}  // namespace

CheckpointFolder::CheckpointFolder(const std::string& folder, int keep)
    : folder_(folder), keep_(static_cast<std::size_t>(keep)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw IoError(fmt::format("--checkpoint {}: {}", folder, error.message()));
  lock_.emplace(folder_);
  remove_leftovers(folder, kSuffix);
  check_writable(path_of_best().string());
  fs::remove(folder_ / kNewBestName, error);
}

bool CheckpointFolder::owns(const std::string& name) {
  return name == kBestName || name == kNewBestName || step_of(name) >= 0;
}

fs::path CheckpointFolder::path_of(std::int64_t step) const { return folder_ / step_name(step); }

fs::path CheckpointFolder::path_of_best() const { return folder_ / kBestName; }

std::vector<std::int64_t> CheckpointFolder::steps() const {
  std::vector<std::int64_t> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::int64_t step = step_of(entry.path().filename().string());
    std::error_code ignored;
    if (step >= 0 && entry.is_regular_file(ignored)) found.push_back(step);
  }
  std::ranges::sort(found, std::greater());
  return found;
}

bool CheckpointFolder::empty() const { return steps().empty() && !fs::exists(path_of_best()); }

// Of later steps there may be damaged files, which a resumed run has passed over; they count as none.
void CheckpointFolder::remove_old(std::int64_t latest) const {
  std::size_t kept = 0;
  for (const std::int64_t step : steps()) {
    if (step > latest || kept++ < keep_ || path_of(step) == resumed_from_) continue;
    std::error_code ignored;  // the next one tries again
    fs::remove(path_of(step), ignored);
  }
}

void CheckpointFolder::save(std::int64_t step, const std::vector<CheckpointPart>& parts) {
  if (!write_and_read_back(path_of(step), parts)) return;
  latest_ = path_of(step).string();
  remove_old(step);
}

void CheckpointFolder::save_best(const std::vector<CheckpointPart>& parts) {
  const fs::path written = folder_ / kNewBestName;
  std::error_code error;
  if (write_and_read_back(written, parts)) fs::rename(written, path_of_best(), error);
  if (error) complain("warning: {} stays as it was: {}\n", path_of_best().string(), error.message());
}

std::optional<Checkpoint> CheckpointFolder::best() const {
  Refusals unreadable;  // it is replaced by the next one that is better than the run's
  return fs::exists(path_of_best()) ? try_to_read(path_of_best().string(), unreadable) : std::nullopt;
}

std::string CheckpointFolder::load_latest(const std::vector<CheckpointPart>& parts) {
  std::vector<fs::path> paths;
  for (const std::int64_t step : steps()) paths.push_back(path_of(step));
  if (fs::exists(path_of_best())) paths.push_back(path_of_best());
  Refusals refusals;
  for (const fs::path& path : paths) {
    const std::optional<Checkpoint> checkpoint = try_to_read(path.string(), refusals);
    if (!checkpoint) continue;
    load_checkpoint(*checkpoint, parts);
    if (!refusals.none()) complain("warning: {}; {} is used\n", refusals.text(), path.string());
    return latest_ = resumed_from_ = path.string();
  }
  if (!refusals.none()) throw FormatError(refusals.text());
  return {};
}

}  // namespace reel::apps
