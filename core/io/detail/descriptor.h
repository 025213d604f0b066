// What reading and writing share: an open file that is closed again, and how a failure is told. Internal:
// no user's program needs it.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

/// Throws "cannot read net.safetensors: Permission denied" as an IoError; `action` is "read" or "write".
[[noreturn]] inline void fail_to(std::string_view action, const std::string& path, std::string_view why) {
  throw IoError(fmt::format("cannot {} {}: {}", action, path, why));
}

/// What an errno says.
inline std::string system_message(int error) { return std::generic_category().message(error); }

/// Throws why a file could not be opened to be written or created, by the errno, and what to do.
[[noreturn]] inline void fail_to_open_for_writing(const std::string& path, int error) {
  if (error == ENOENT) fail_to("write", path, "its folder does not exist; create it first");
  if (error == EISDIR) fail_to("write", path, "it is a folder, a file name is expected");
  fail_to("write", path, system_message(error) + "; give another path");
}

/// Writes all bytes; false, and errno says why, where that fails.
inline bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// While it lives, a signal that the thread's own write() raises does not end the process; the error of the
/// write tells it: SIGXFSZ of growing beyond `ulimit -f`, SIGPIPE of a pipe that nobody reads.
class HeldSignal {
 public:
  explicit HeldSignal(int signal) : signal_(signal) {
    sigemptyset(&held_);
    sigaddset(&held_, signal_);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignal() {
    if (sigismember(&before_, signal_) == 1) return;
    sigset_t pending;
    int taken = 0;
    if (sigpending(&pending) == 0 && sigismember(&pending, signal_) == 1) sigwait(&held_, &taken);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldSignal(const HeldSignal&) = delete;
  HeldSignal& operator=(const HeldSignal&) = delete;

 private:
  int signal_;
  sigset_t held_, before_;
};

/// A file descriptor, closed at its end; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace reel::inline REEL_PRECISION
