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
  if (!file_.is_open()) return;
  nlohmann::ordered_json line;
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line[field.first] = value; }, field.second);
  }
  file_ << line.dump() << std::endl;
  if (file_) return;
  fmt::print(stderr, "--metrics {}: writing failed, is the disk full? The run goes on without\n", path_);
  file_.close();
}

}  // namespace reel::apps
