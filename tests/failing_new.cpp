#include "failing_new.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local long calls_left = -1;
thread_local bool fails_from_then_on = false;
thread_local bool has_failed = false;

bool is_to_fail() {
  if (calls_left < 0) return false;
  if (calls_left > 0) {
    calls_left--;
    return false;
  }
  if (!fails_from_then_on) calls_left = -1;
  has_failed = true;
  return true;
}

}  // namespace

void reel_test::fail_new_after(long calls, bool all_after) {
  fails_from_then_on = all_after;
  has_failed = false;
  calls_left = calls;
}

bool reel_test::new_has_failed() { return has_failed; }

// The program's own; the other forms but the aligned ones call them.
void* operator new(std::size_t size) {
  if (is_to_fail()) throw std::bad_alloc();
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
