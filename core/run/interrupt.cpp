// A handler may do next to nothing: it sets one number.
#include <reel/core/run/interrupt.h>

#include <atomic>

namespace reel::inline REEL_PRECISION {
namespace {

std::atomic<int> signalled{0};  // by which signal; read on any thread, as it is set on any
static_assert(std::atomic<int>::is_always_lock_free, "a handler must not wait for a lock");
int guards = 0;

void on_signal(int signal_number) {
  if (signalled != 0) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);  // comes when this handler returns
    return;
  }
  signalled = signal_number;
}

struct sigaction take_over(int signal_number) {
  struct sigaction before {};
  ::sigaction(signal_number, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return before;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal_number, &action, nullptr);
  return before;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guards++ == 0) signalled = 0;
  interrupt_before_ = take_over(SIGINT);
  terminate_before_ = take_over(SIGTERM);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &interrupt_before_, nullptr);
  ::sigaction(SIGTERM, &terminate_before_, nullptr);
  guards--;
}

bool InterruptGuard::requested() { return signalled != 0; }

int InterruptGuard::exit_status() { return signalled == 0 ? 0 : 128 + signalled; }

}  // namespace reel::inline REEL_PRECISION
