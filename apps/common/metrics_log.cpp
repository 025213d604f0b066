#include "common/metrics_log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reel/core/error.h>

namespace reel::apps {

MetricsLog::MetricsLog(const std::string& path) : path_(path) {
  if (path.empty()) return;
  file_.open(path);
  if (!file_) throw IoError(fmt::format("--metrics {}: the file cannot be written", path));
}

void MetricsLog::write(std::initializer_list<std::pair<std::string, Value>> fields) {
  if (path_.empty()) return;
  nlohmann::ordered_json line;
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line[field.first] = value; }, field.second);
  }
  file_ << line.dump() << std::endl;
  if (!file_) throw IoError(fmt::format("--metrics {}: writing failed; is the disk full?", path_));
}

}  // namespace reel::apps
