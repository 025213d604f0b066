// Ctrl-C as a question that a training or an evaluation asks between two steps.
#pragma once

#include <csignal>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// While one lives, the first SIGINT (Ctrl-C) or SIGTERM (kill, a batch system, a container) only sets a flag, so
/// that a program ends by itself, with all its files whole:
///   const InterruptGuard interrupt;
///   while (epoch < 10 && !interrupt.requested()) ...
///   return interrupt.exit_status();
/// A second one, of either kind, ends the program at once. A signal that the caller has chosen to ignore, as
/// nohup or a script's background job does, stays ignored. What was set before comes back at its end. One in the
/// scope of another changes nothing. Where a program has several threads, make and end it on the first.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Whether one came since the outermost guard was made. Any thread may ask; without a guard it is the last
  /// one's answer.
  static bool requested();
  /// The exit status that a shell gives to a program that the signal ended: 130 after SIGINT, 143 after SIGTERM;
  /// 0 where none came.
  static int exit_status();

 private:
  struct sigaction interrupt_before_ {
  }, terminate_before_{};
};

}  // namespace reel::inline REEL_PRECISION
