// Ctrl-C as a question that the training loop asks between two steps.
#pragma once

namespace reel::apps {

/// While one lives, the first SIGINT or SIGTERM only sets a flag; a second one ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested();
  /// The exit status that a shell gives to a program that the signal ended: 130 after SIGINT.
  static int exit_status();
};

}  // namespace reel::apps
