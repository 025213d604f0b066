// A signal that a write may raise, as an error of the write alone. Internal to the library and its programs.
#pragma once

#include <signal.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

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

}  // namespace reel::inline REEL_PRECISION
