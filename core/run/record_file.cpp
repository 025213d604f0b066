// One write() a record; what a failing one has written of it is cut off.
#include <reel/core/run/detail/record_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <reel/core/io/file.h>

namespace reel::inline REEL_PRECISION {
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

Descriptor open_to_append(const std::string& path, const RecordFile::Filter& filter) {
  const bool goes_on = filter && is_file(path);
  if (goes_on) {
    const std::string kept = filter(read_bytes(path));
    const std::string_view piece = kept;
    write_atomically(path, std::span(&piece, 1));
  }
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (goes_on ? O_APPEND : O_TRUNC), 0666));
  if (file.get() < 0) fail_to_open_for_writing(path, errno);
  return file;
}

// Whether all of the record is in the file; none of it where it is a file, and not, and errno says why.
bool append_whole(int file, std::string_view record) {
  const HeldSignal reader_has_left(SIGPIPE), may_not_grow(SIGXFSZ);
  struct stat before {};
  const bool can_be_cut = ::fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  if (write_all(file, record)) return true;
  const int error = errno;
  if (can_be_cut) static_cast<void>(!::ftruncate(file, before.st_size));
  errno = error;
  return false;
}

}  // namespace

RecordFile::RecordFile(std::string path, const Filter& filter, WarningSink warn)
    : path_(std::move(path)), file_(open_to_append(path_, filter)), warn_(std::move(warn)) {}

RecordFile::RecordFile(std::string path, Descriptor file, WarningSink warn)
    : path_(std::move(path)), file_(std::move(file)), warn_(std::move(warn)) {}

void RecordFile::append(std::string_view record) {
  if (!file_ || append_whole(file_->get(), record)) return;
  failure_ = fmt::format("cannot write {}: {}", path_, system_message(errno));
  file_.reset();
  if (warn_) warn_(fmt::format("no more metrics: {}; the run goes on without", failure_));
}

}  // namespace reel::inline REEL_PRECISION
