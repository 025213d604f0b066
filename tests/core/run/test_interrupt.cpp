#include <reel/core/run/interrupt.h>

#include <csignal>
#include <utility>

#include <doctest/doctest.h>

#include "support.h"

using namespace reel_test;
using reel::InterruptGuard;

TEST_CASE("The first signal is a request, a second one of either kind the end") {
  for (const auto& [first, second] : {std::pair{SIGINT, SIGINT}, {SIGINT, SIGTERM}, {SIGTERM, SIGINT}}) {
    const int status = status_of_child([first = first, second = second] {
      const InterruptGuard guard;
      std::raise(first);
      if (!InterruptGuard::requested() || InterruptGuard::exit_status() != 128 + first) _exit(1);
      std::raise(second);
      _exit(2);
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == second);
  }
}

TEST_CASE("A signal that the caller ignores stays ignored, and what was set before comes back") {
  const int status = status_of_child([] {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_DFL);  // which the test's own program has taken over
    {
      const InterruptGuard guard;
      std::raise(SIGINT);
      if (InterruptGuard::requested()) _exit(1);
    }
    if (std::signal(SIGINT, SIG_DFL) != SIG_IGN) _exit(2);
    _exit(std::signal(SIGTERM, SIG_DFL) == SIG_DFL ? 7 : 3);
  });
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("A guard in the scope of another forgets nothing, and a new one asks anew") {
  const int status = status_of_child([] {
    {
      const InterruptGuard outer;
      if (InterruptGuard::requested() || InterruptGuard::exit_status() != 0) _exit(1);
      std::raise(SIGTERM);
      { const InterruptGuard inner; }
      if (!outer.requested()) _exit(2);
    }
    if (InterruptGuard::exit_status() != 128 + SIGTERM) _exit(3);
    const InterruptGuard next;
    if (next.requested()) _exit(4);
  });
  CHECK(WEXITSTATUS(status) == 0);
}
