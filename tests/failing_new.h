// Memory that runs out at a chosen allocation.
#pragma once

#include <doctest/doctest.h>

#include <new>

#include <reel/core/error.h>

namespace reel_test {

/// From now on, of this thread's calls of operator new, the one after `calls` more throws std::bad_alloc, and
/// where `all_after` is set every later one as well. A negative number, as at first: none does.
void fail_new_after(long calls, bool all_after = false);
/// Whether one did, since that was last called.
bool new_has_failed();

/// Lets the first, the second, ... allocation of f() fail, one alone and with all that follow, until none is
/// left to fail. Where f() does not do without, an Error or std::bad_alloc must come, and then as_before() be
/// true. prepare() comes before each call. Of more than `dense` allocations, each later one is that much
/// further from the one before it. Returns how many calls failed.
template <class Prepare, class F, class AsBefore>
int count_failed_allocations(Prepare&& prepare, F&& f, AsBefore&& as_before, long dense = 1'000'000) {
  int failures = 0;
  for (const bool all_after : {false, true}) {
    for (long calls = 0;; calls += 1 + calls / dense) {
      prepare();
      fail_new_after(calls, all_after);
      try {
        f();
        const bool did_without = new_has_failed();
        fail_new_after(-1);
        if (!did_without) break;
        continue;
      } catch (const std::bad_alloc&) {
      } catch (const reel::Error&) {
      }
      const bool was_made_to_fail = new_has_failed();
      fail_new_after(-1);
      CAPTURE(calls);
      CAPTURE(all_after);
      if (!was_made_to_fail) FAIL("it throws although no allocation failed");  // and would for ever
      failures++;
      CHECK(as_before());
    }
  }
  return failures;
}

}  // namespace reel_test
