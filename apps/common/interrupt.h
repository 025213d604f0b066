// Ctrl-C as a question that a training or an evaluation asks between two steps.
#pragma once

#include <csignal>

namespace reel::apps {

/// While one lives, the first SIGINT or SIGTERM only sets a flag; a second one, of either kind, ends the
/// program at once. A signal that the caller has chosen to ignore, as nohup or a script's background job
/// does, stays ignored.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested();
  /// The exit status that a shell gives to a program that the signal ended: 130 after SIGINT.
  static int exit_status();

 private:
  struct sigaction interrupt_before_ {
  }, terminate_before_{};
};

}  // namespace reel::apps
