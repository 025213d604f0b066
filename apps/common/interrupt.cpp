#include "common/interrupt.h"

#include <csignal>

namespace reel::apps {
namespace {

volatile std::sig_atomic_t signalled = 0;

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
  signalled = 0;
  interrupt_before_ = take_over(SIGINT);
  terminate_before_ = take_over(SIGTERM);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &interrupt_before_, nullptr);
  ::sigaction(SIGTERM, &terminate_before_, nullptr);
}

bool InterruptGuard::requested() { return signalled != 0; }

int InterruptGuard::exit_status() { return 128 + signalled; }

}  // namespace reel::apps
