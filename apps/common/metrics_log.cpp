#include "common/metrics_log.h"

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::apps {
namespace {

// What a run that was stopped had written before its last checkpoint.
std::string lines_until(const std::string& path, std::int64_t step) {
  std::ifstream file(path);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_object() && row.value("step", std::int64_t{0}) <= step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

void MetricsLog::open(const std::string& path, std::int64_t step) {
  if (path.empty()) return;
  path_ = path;
  const std::string kept = step > 0 ? lines_until(path, step) : "";
  file_.open(path);
  if (!file_) throw IoError(fmt::format("--metrics {}: the file cannot be written", path));
  file_ << kept << std::flush;
}

void MetricsLog::write(const nlohmann::ordered_json& line) {
  if (!file_.is_open()) return;
  file_ << line.dump() << std::endl;
  if (file_) return;
  fmt::print(stderr, "--metrics {}: writing failed, is the disk full? The run goes on without\n", path_);
  file_.close();
}

}  // namespace reel::apps
