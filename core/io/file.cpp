#include <reel/core/io/file.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

[[noreturn]] void fail(std::string_view action, const std::string& path, std::string_view why) {
  throw IoError(fmt::format("cannot {} {}: {}", action, path, why));
}

std::string system_message(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The file to replace: the end of the links at `path`. What is there and is no file stays.
std::string resolve_target(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  if (error == std::errc::no_such_file_or_directory) return path;
  if (error) fail("write", path, error.message());
  const auto type = std::filesystem::status(target, error).type();
  if (type == std::filesystem::file_type::directory)
    fail("write", path, "it is a folder, a file name is expected");
  if (type != std::filesystem::file_type::regular) fail("write", path, "it is not a regular file");
  return target.string();
}

constexpr std::string_view kTemporary = ".tmp-";  // then the process, "-", and a number

// The process that wrote the temporary file `name` of a file that ends in `suffix`; 0 for any other name.
pid_t writer_of(const std::string& name, std::string_view suffix) {
  const std::size_t dot = name.rfind(kTemporary);
  if (dot == std::string::npos || !std::string_view(name).substr(0, dot).ends_with(suffix)) return 0;
  const char* first = name.data() + dot + kTemporary.size();
  const char* last = name.data() + name.size();
  pid_t process = 0;
  unsigned count = 0;
  const auto [dash, error] = std::from_chars(first, last, process);
  if (error != std::errc() || dash == last || *dash != '-' || process <= 0) return 0;
  const auto [end, no_count] = std::from_chars(dash + 1, last, count);
  return no_count == std::errc() && end == last ? process : 0;
}

// A new file beside the target, which disappears unless it is put in the target's place.
class Replacement {
 public:
  explicit Replacement(const std::string& path)
      : path_(path), target_(resolve_target(path)), file_(open_beside()) {}
  ~Replacement() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      check(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void put_in_place() {
    struct stat old {};
    if (::stat(target_.c_str(), &old) == 0) check(::fchmod(file_.get(), old.st_mode & 07777));
    check(::fsync(file_.get()));
    check(std::rename(temporary_.c_str(), target_.c_str()));
    temporary_.clear();
    flush_folder();
  }

 private:
  int open_beside() {
    static std::atomic<unsigned> count{0};
    for (;;) {
      temporary_ = fmt::format("{}{}{}-{}", target_, kTemporary, ::getpid(), count++);
      const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd >= 0) return fd;
      if (errno == EEXIST) continue;  // left by a killed process that had the same number
      temporary_.clear();
      if (errno == ENOENT) fail("write", path_, "its folder does not exist; create it first");
      fail("write", path_, system_message(errno));
    }
  }

  // Makes the new name survive a power cut. Not every file system can; the content is safe already.
  void flush_folder() const {
    const auto folder = std::filesystem::path(target_).parent_path();
    const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() >= 0) ::fsync(opened.get());
  }

  void check(ssize_t result) const {
    if (result < 0) fail("write", path_, system_message(errno) + "; what was there before is unchanged");
  }

  std::string path_, target_;
  std::string temporary_;  // its path, empty once there is none; open_beside() sets it
  Descriptor file_;
};

}  // namespace

std::string read_bytes(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail("read", path, system_message(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail("read", path, system_message(errno));
  if (S_ISDIR(info.st_mode)) fail("read", path, "it is a folder, a file is expected");
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode))
    fail("read", path, "it is neither a file nor a pipe");
  // One byte more than the file has, so that the end is met without growing.
  std::string bytes(static_cast<std::size_t>(info.st_size) + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    const ssize_t n = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, system_message(errno));
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
    if (filled == bytes.size()) bytes.resize(2 * filled);
  }
  bytes.resize(filled);
  return bytes;
}

void check_writable(const std::string& path) { const Replacement file(path); }

void write_atomically(const std::string& path, std::span<const std::string_view> pieces) {
  Replacement file(path);
  for (const std::string_view piece : pieces) file.write(piece);
  file.put_in_place();
}

void remove_leftovers(const std::string& folder, std::string_view suffix) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const pid_t writer = writer_of(entry.path().filename().string(), suffix);
    if (writer == 0) continue;
    const bool lives = writer != ::getpid() && (::kill(writer, 0) == 0 || errno != ESRCH);
    if (!lives) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace reel::inline REEL_PRECISION
