#include "common/interrupt.h"

#include <csignal>

namespace reel::apps {
namespace {

volatile std::sig_atomic_t signalled = 0;

void on_signal(int signal_number) {
  signalled = signal_number;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signalled = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool InterruptGuard::requested() { return signalled != 0; }

int InterruptGuard::exit_status() { return 128 + signalled; }

}  // namespace reel::apps
