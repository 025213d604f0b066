#include "common/metrics_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/core/io/file.h>

#include "common/output.h"

namespace reel::apps {
namespace {

// /dev/fd/3 and /proc/self/fd/3 may lead to a file that the caller has open, who would not see one in its
// place.
bool is_file(const std::string& path) {
  for (const char* folder_of_open_files : {"/dev/fd/", "/dev/std", "/proc/"}) {
    if (path.starts_with(folder_of_open_files)) return false;
  }
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
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

// Whether all of the line is in the file; none of it where it is a file, and not, and errno says why.
bool append_whole(int file, const std::string& line) {
  const HeldSignal held(SIGPIPE);  // of a reader that has left
  struct stat before {};
  const bool can_be_cut = ::fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  if (write_all(file, line)) return true;
  const int error = errno;
  if (can_be_cut) static_cast<void>(!::ftruncate(file, before.st_size));
  errno = error;
  return false;
}

Descriptor open_log(const std::string& path, std::int64_t step) {
  const bool goes_on = step > 0 && is_file(path);
  if (goes_on) keep_lines(path, step);
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (goes_on ? O_APPEND : O_TRUNC), 0666));
  if (file.get() < 0) fail_to_open_for_writing(path, errno);
  return file;
}

}  // namespace

void MetricsLog::open(const std::string& path, std::int64_t step) {
  if (path.empty()) return;
  path_ = path;
  with_label([] { return "--metrics"; }, [&] { file_.emplace(open_log(path, step)); });
}

void MetricsLog::write(const nlohmann::ordered_json& line) {
  if (!file_) return;
  // A path in it may be no UTF-8.
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (append_whole(file_->get(), text + "\n")) return;
  failure_ = fmt::format("cannot write {}: {}", path_, system_message(errno));
  complain("warning: no more metrics: {}; the run goes on without", failure_);
  file_.reset();
}

}  // namespace reel::apps
