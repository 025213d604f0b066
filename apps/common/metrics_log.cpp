#include "common/metrics_log.h"

#include <csignal>
#include <filesystem>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <reel/core/io/held_signal.h>

#include "common/output.h"

namespace reel::apps {
namespace {

// /dev/fd/3 may lead to a file that the caller has open: one in its place would not be written to.
bool is_file(const std::string& path) {
  std::error_code ignored;
  return !path.starts_with("/dev/") && std::filesystem::is_regular_file(path, ignored);
}

// Whether a run that goes on after `step` steps leaves the line as it is: a kill may have cut it, the steps
// after its checkpoint are done again, and so is its end.
bool stays(const std::string& line, std::int64_t step) {
  const auto row = nlohmann::json::parse(line, nullptr, false);
  if (!row.is_object()) return false;
  const auto its_step = row.find("step");
  const bool later =
      its_step != row.end() && its_step->is_number() && its_step->get<double>() > static_cast<double>(step);
  const bool end = row.contains("kind") && row["kind"] == "end";
  return !later && !end;
}

// Only a file is read back: a pipe has no end to come to. One that cannot be read stays as it is.
void keep_lines(const std::string& path, std::int64_t step) {
  std::istringstream lines(read_bytes(path));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (stays(line, step)) kept += line + "\n";
  }
  const std::string_view piece = kept;
  write_atomically(path, std::span(&piece, 1));
}

}  // namespace

void MetricsLog::open(const std::string& path, std::int64_t step) {
  if (path.empty()) return;
  path_ = path;
  const bool goes_on = step > 0 && is_file(path);
  if (goes_on) keep_lines(path, step);
  file_.open(path, goes_on ? std::ios::app : std::ios::out);
  if (!file_) throw IoError(fmt::format("--metrics {}: the file cannot be written", path));
}

void MetricsLog::write(const nlohmann::ordered_json& line) {
  if (!file_.is_open()) return;
  const HeldSignal held(SIGPIPE);  // of a reader that has left
  // A path in it may be no UTF-8.
  file_ << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  if (file_) return;
  complain("--metrics {}: writing failed, is the disk full or has the reader left? The run goes on without",
           path_);
  file_.close();
}

}  // namespace reel::apps
