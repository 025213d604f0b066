// A new file is written beside the old one, brought to the disk and put in its place by one rename.
#include <reel/core/io/file.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/descriptor.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

// Whether standard output or error goes to this file, which a new one in its place would cut off.
bool is_printed_to(const struct stat& file) {
  return std::ranges::any_of(std::array{STDOUT_FILENO, STDERR_FILENO}, [&](int stream) {
    struct stat info {};
    return ::fstat(stream, &info) == 0 && info.st_dev == file.st_dev && info.st_ino == file.st_ino;
  });
}

// The file to replace or to create: where the links at `path` lead. What is there and is no file stays.
fs::path file_to_replace(const std::string& path) {
  if (path.empty()) fail_to("write", "\"\"", "the path is empty");
  struct stat info {};
  std::error_code error;
  if (::stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) fail_to_open_for_writing(path, errno);
    return end_of_links(path);
  }
  if (S_ISDIR(info.st_mode)) fail_to_open_for_writing(path, EISDIR);
  if (!S_ISREG(info.st_mode)) fail_to("write", path, "it is not a regular file, the name of one is expected");
  if (::access(path.c_str(), W_OK) != 0) fail_to_open_for_writing(path, errno);  // renaming would not ask
  if (is_printed_to(info)) fail_to("write", path, "the program prints to this file; choose another one");
  fs::path target = fs::canonical(path, error);
  if (error) fail_to("write", path, "it leads to a file that has no path");  // as /proc/self/fd/1 may
  return target;
}

constexpr std::string_view kTemporary = ".tmp-";  // then the process, "-", and a number

// A new path beside `target`, within the 255 bytes of a name.
std::string path_beside(const fs::path& target) {
  static std::atomic<unsigned> count{0};
  const std::string ending = fmt::format("{}{}-{}", kTemporary, ::getpid(), count++);
  const std::string name = target.filename().string().substr(0, 255 - ending.size());
  return (target.parent_path() / (name + ending)).string();
}

// Whether path_beside() gives such a name for a file that ends in `suffix`.
bool is_temporary(std::string_view name, std::string_view suffix) {
  const std::size_t begin = name.rfind(kTemporary);
  if (begin == std::string_view::npos || !name.substr(0, begin).ends_with(suffix)) return false;
  const std::string_view numbers = name.substr(begin + kTemporary.size());
  const std::size_t dash = numbers.find('-');
  const auto is_number = [](std::string_view text) { return parsed<std::uint64_t>(text).has_value(); };
  return dash != std::string_view::npos && is_number(numbers.substr(0, dash)) &&
         is_number(numbers.substr(dash + 1));
}

// Which mount a path lies in; 0 where the system does not say.
std::uint64_t mount_of([[maybe_unused]] const fs::path& path) {
#ifdef STATX_MNT_ID
  struct statx info {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &info) == 0) return info.stx_mnt_id;
#endif
  return 0;
}

// A new file beside the target, which disappears unless it is put in the target's place.
class Replacement {
 public:
  explicit Replacement(const std::string& path)
      : path_(path), target_(file_to_replace(path)), folder_(folder_of(target_)), file_(create_beside()) {}
  ~Replacement() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::string_view bytes) {
    const HeldSignal held(SIGXFSZ);  // growing beyond `ulimit -f` is an error like a full disk
    if (!write_all(file_.get(), bytes)) fail_unchanged();
  }

  // Some file systems cannot: the bytes are written all the same. That the disk is full may show only here.
  void flush() {
    const bool cannot = ::fsync(file_.get()) != 0;
    if (cannot && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS && errno != EROFS) fail_unchanged();
  }

  void put_in_place() {
    if (std::rename(temporary_.c_str(), target_.c_str()) != 0) {
      const int error = errno;
      const std::string kept = std::exchange(temporary_, {});
      fail_to("write", path_, fmt::format("{}; the new content is in {}", system_message(error), kept));
    }
    temporary_.clear();
    flush_folder();
  }

  // Whether put_in_place() may. Renaming a folder onto a file needs the same rights, and with them it fails
  // for being a folder; where a file is mounted on another, as containers do, this would not show.
  void check_place() const {
    if (::access(target_.c_str(), F_OK) != 0) return;
    if (mount_of(target_) != mount_of(folder_))
      fail_to("write", path_, "another file is mounted there, which cannot be replaced; write to its folder");
    const std::string probe = path_beside(target_);
    if (::mkdir(probe.c_str(), 0700) != 0) return;
    const bool replaced = std::rename(probe.c_str(), target_.c_str()) == 0;  // the file has just been removed
    const int error = errno;
    ::rmdir(replaced ? target_.c_str() : probe.c_str());
    if (!replaced && (error == EPERM || error == EACCES || error == EBUSY || error == EROFS))
      fail_to("write", path_, fmt::format("{}, so it cannot be replaced", system_message(error)));
  }

 private:
  static std::string folder_of(const fs::path& target) {
    const fs::path folder = target.parent_path();
    return folder.empty() ? "." : folder.string();
  }

  // With the permissions of the old file from the start: nobody else may read what is being written. Locked
  // as long as it is open, so that remove_leftovers() knows it from one that a killed process has left.
  Descriptor create_beside() {
    struct stat old {};
    const bool replaces = ::stat(target_.c_str(), &old) == 0;
    for (;;) {
      temporary_ = path_beside(target_);
      Descriptor file(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                             replaces ? old.st_mode & 0777 : 0666));
      if (file.get() < 0) {
        if (errno == EEXIST) continue;  // left by a killed process that had the same number
        temporary_.clear();
        fail_to_open_for_writing(path_, errno);
      }
      if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) continue;  // being removed
      struct stat created {};
      if (::fstat(file.get(), &created) == 0 && created.st_nlink == 0) continue;  // was removed
      if (replaces)
        (void)!::fchmod(file.get(), old.st_mode & 07777);  // what the umask took; not all systems can
      return file;
    }
  }

  // Makes the new name survive a power cut. Not every file system can; the content is safe already.
  void flush_folder() const {
    const Descriptor opened(::open(folder_.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() >= 0) ::fsync(opened.get());
  }

  [[noreturn]] void fail_unchanged() const {
    fail_to("write", path_, system_message(errno) + "; what was there before is unchanged");
  }

  std::string path_;
  fs::path target_;
  std::string folder_;
  std::string temporary_;  // its path, empty once there is none; create_beside() sets it
  Descriptor file_;
};

}  // namespace

fs::path end_of_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as Linux has it
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(path, error)); i++) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

std::string read_bytes(const std::string& path) {
  ByteReader file(path);
  return file.read(file.remaining());
}

void check_writable(const std::string& path) {
  Replacement file(path);
  file.write("x");
  file.flush();
  file.check_place();
}

void write_atomically(const std::string& path, std::span<const std::string_view> pieces) {
  Replacement file(path);
  for (const std::string_view piece : pieces) file.write(piece);
  file.flush();
  file.put_in_place();
}

void remove_leftovers(const std::string& folder, std::string_view suffix) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string path = entry.path().string();
    if (!is_temporary(entry.path().filename().string(), suffix)) continue;
    constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    Descriptor writable(::open(path.c_str(), O_RDWR | kFlags));  // NFS locks no other
    Descriptor file(writable.get() >= 0 ? std::move(writable)
                                        : Descriptor(::open(path.c_str(), O_RDONLY | kFlags)));
    const bool is_left = file.get() >= 0 && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (is_left) fs::remove(entry.path(), ignored);
  }
}

}  // namespace reel::inline REEL_PRECISION
