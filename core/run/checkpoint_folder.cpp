// Written beside its place, read back, then renamed: at every moment some checkpoint is whole.
#include <reel/core/run/checkpoint_folder.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <reel/core/run/detail/folder_lock.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-", kSuffix = ".safetensors";
constexpr std::string_view kBestName = "best.safetensors", kNewSuffix = ".new";

std::string step_name(std::int64_t step) { return fmt::format("{}{:08}{}", kPrefix, step, kSuffix); }

// The step in a checkpoint's name; -1 for another file, such as what a killed write has left.
std::int64_t step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return -1;
  const std::string_view digits = std::string_view(name).substr(kPrefix.size());
  const auto step = parsed<std::int64_t>(digits.substr(0, digits.size() - kSuffix.size()));
  return step && name == step_name(*step) ? *step : -1;
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

// Where a checkpoint is written, until it has been read back.
fs::path new_path(fs::path path) { return path += kNewSuffix; }

// The file to replace: a link stays, and leads to the checkpoint then.
fs::path place_of(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(fs::symlink_status(path, ignored)) ? end_of_links(path) : path;
}

void write_beside_and_put_in_place(const fs::path& path, const std::vector<CheckpointPart>& parts) {
  const fs::path place = place_of(path), written = new_path(place);
  save_checkpoint(written.string(), parts);
  std::error_code error, ignored;
  try {
    verify_checkpoint(written.string());
  } catch (...) {
    fs::remove(written, ignored);
    throw;
  }
  fs::rename(written, place, error);
  if (!error) return;
  fs::remove(written, ignored);
  throw IoError(fmt::format("cannot replace {}: {}", place.string(), error.message()));
}

// Why it is not there; nothing where it is, whole. What was there before stays until then.
std::string put(const fs::path& path, const std::vector<CheckpointPart>& parts) {
  try {
    write_beside_and_put_in_place(path, parts);
    return {};
  } catch (const IoError& error) {
    return error.what();
  } catch (const FormatError& error) {
    return fmt::format("what was written is not what is read back: {}", error.what());
  }
}

std::string no_checkpoint(const std::string& why) { return fmt::format("no checkpoint: {}", why); }

}  // namespace

CheckpointFolder::CheckpointFolder(const std::string& folder, CheckpointFolderOptions options, Location where)
    : check_("CheckpointFolder", where),
      folder_(folder),
      keep_(static_cast<std::size_t>(options.keep)),
      warn_(std::move(options.warn)) {
  check_.count("keep", options.keep, 1);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw IoError(fmt::format("cannot make the folder {}: {}; give another path", folder, error.message()));
  }
  lock_ = std::make_unique<FolderLock>(folder_);
  for (const std::string_view suffix : {kSuffix, kNewSuffix}) remove_leftovers(folder, suffix);
  check_writable(path_of_best().string());
  remove_unfinished();
}

CheckpointFolder::~CheckpointFolder() = default;

bool CheckpointFolder::owns(const std::string& name) {
  const bool is_new = name.ends_with(kNewSuffix);
  const std::string whole = is_new ? name.substr(0, name.size() - kNewSuffix.size()) : name;
  return whole == kBestName || step_of(whole) >= 0 || name == FolderLock::kName;
}

// What a run has not come to read back.
void CheckpointFolder::remove_unfinished() const {
  std::error_code ignored;
  std::vector<fs::path> unfinished{new_path(place_of(path_of_best()))};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kNewSuffix) && owns(name)) unfinished.push_back(entry.path());
  }
  for (const fs::path& path : unfinished) {
    if (fs::is_regular_file(fs::symlink_status(path, ignored))) fs::remove(path, ignored);
  }
}

fs::path CheckpointFolder::path_of(std::int64_t step) const { return folder_ / step_name(step); }

fs::path CheckpointFolder::path_of_best() const { return folder_ / kBestName; }

std::vector<std::int64_t> CheckpointFolder::steps() const {
  std::vector<std::int64_t> found;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::int64_t step = step_of(entry->path().filename().string());
    if (step >= 0 && entry->is_regular_file(ignored)) found.push_back(step);
  }
  if (error) throw IoError(fmt::format("cannot read the folder {}: {}", folder_.string(), error.message()));
  std::ranges::sort(found, std::greater());
  return found;
}

bool CheckpointFolder::has_best() const {
  std::error_code error;
  const bool found = fs::exists(path_of_best(), error);
  if (error) throw IoError(fmt::format("cannot read {}: {}", path_of_best().string(), error.message()));
  return found;
}

bool CheckpointFolder::empty() const { return steps().empty() && !has_best(); }

// Damaged files, which a resumed run has passed over, count as none.
void CheckpointFolder::remove_old(std::int64_t latest) const {
  std::size_t kept = 0;
  for (const std::int64_t step : steps()) {
    if (step > latest) continue;
    if (kept < keep_) {
      if (!damaged_.contains(step)) kept++;
      continue;
    }
    if (path_of(step) == resumed_from_) continue;
    std::error_code ignored;  // the next one tries again
    fs::remove(path_of(step), ignored);
  }
}

void CheckpointFolder::warn(const std::string& message) const {
  if (warn_) warn_(message);
}

void CheckpointFolder::save(std::int64_t step, const std::vector<CheckpointPart>& parts) {
  check_.count("step", step, 0);
  failure_ = put(path_of(step), parts);
  if (!failure_.empty()) return warn(no_checkpoint(failure_));
  latest_ = path_of(step).string();
  damaged_.erase(step);
  try {
    remove_old(step);
  } catch (const IoError& error) {
    warn(fmt::format("older checkpoints stay: {}", error.what()));
  }
}

void CheckpointFolder::save_best(const std::vector<CheckpointPart>& parts) {
  best_failure_ = put(path_of_best(), parts);
  if (!best_failure_.empty()) warn(no_checkpoint(best_failure_));
}

std::optional<Checkpoint> CheckpointFolder::best() const {
  Refusals unreadable;  // it is replaced by the next one that is better than the run's
  return has_best() ? try_to_read(path_of_best().string(), unreadable) : std::nullopt;
}

std::string CheckpointFolder::load_latest(const std::vector<CheckpointPart>& parts) {
  Refusals refusals;
  const auto load = [&](const fs::path& path) {
    const std::optional<Checkpoint> checkpoint = try_to_read(path.string(), refusals);
    if (!checkpoint) return false;
    load_checkpoint(*checkpoint, parts);
    if (!refusals.none()) warn(fmt::format("{}; {} is used", refusals.text(), path.string()));
    latest_ = resumed_from_ = path.string();
    return true;
  };
  for (const std::int64_t step : steps()) {
    if (load(path_of(step))) return latest_;
    damaged_.insert(step);
  }
  if (has_best() && load(path_of_best())) return latest_;
  if (!refusals.none()) throw FormatError(refusals.text());
  return {};
}

}  // namespace reel::inline REEL_PRECISION
