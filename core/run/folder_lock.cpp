// The lock is on a file, and the file goes with it: who takes it looks whether the file is still that of its name.
#include <reel/core/run/detail/folder_lock.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// "process 4242 on host, since 2026-11-28 03:21:25"
std::string lock_holder_text() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  char since[64] = "";
  if (::localtime_r(&now, &local)) std::strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &local);
  return fmt::format("process {} on {}, since {}", ::getpid(), host, since);
}

std::string lock_holder(int file) {
  std::string text(512, '\0');
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text.empty() ? "another process" : text;
}

// Whether the path still leads to the open file: who held the lock before has removed it.
bool is_at(int file, const std::filesystem::path& path) {
  struct stat open {
  }, there{};
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

// Whether the lock is this process's; also where there are no locks.
bool take_lock(int file) {
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return true;
  }
  return true;
}

Descriptor locked_file(const std::filesystem::path& path) {
  for (;;) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file.get() < 0) fail_to_open_for_writing(path.string(), errno);
    if (!take_lock(file.get())) {
      throw Error(fmt::format("{} is in use by {}; wait for its end, or give another folder",
                              path.parent_path().string(), lock_holder(file.get())));
    }
    if (is_at(file.get(), path)) return file;
  }
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder)
    : path_(folder / kName), file_(locked_file(path_)) {
  const std::string holder = lock_holder_text();  // for the message alone: it may fail to be written
  if (::ftruncate(file_.get(), 0) == 0)
    static_cast<void>(!::pwrite(file_.get(), holder.data(), holder.size(), 0));
}

FolderLock::~FolderLock() { ::unlink(path_.c_str()); }

}  // namespace reel::inline REEL_PRECISION
