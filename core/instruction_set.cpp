// Runs before anything of C++ has been initialised: the C library alone, and no exceptions.
#include <reel/core/detail/instruction_set.h>

#include <cpuid.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace reel::inline REEL_PRECISION::detail {
namespace {

constexpr const char* kNames[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};

// The parts of x86-64-v3 that clang 14's __builtin_cpu_supports does not know.
bool has_movbe_f16c_lzcnt() {
  constexpr unsigned kMovbe = 1u << 22, kF16c = 1u << 29, kLzcnt = 1u << 5;
  unsigned a, b, c, d, extended_c;
  return __get_cpuid(1, &a, &b, &c, &d) && __get_cpuid(0x80000001, &a, &b, &extended_c, &d) && (c & kMovbe) &&
         (c & kF16c) && (extended_c & kLzcnt);
}

// The builtin also asks whether the operating system keeps the registers.
int best() {
  __builtin_cpu_init();
  if (!(__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3") &&
        __builtin_cpu_supports("popcnt"))) {
    std::fputs("Reel needs a processor with x86-64-v2 (SSE4.2, POPCNT)\n", stderr);
    std::abort();
  }
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && has_movbe_f16c_lzcnt();
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 2 : v3 ? 1 : 0;
}

}  // namespace

int choose_instruction_set() {
  const int most = best();
  const char* const asked = std::getenv("REEL_INSTRUCTION_SET");
  if (!asked || !*asked) return most;
  for (int i = 0; i <= most; i++) {
    if (std::strcmp(asked, kNames[i]) == 0) return i;
  }
  std::fprintf(stderr, "REEL_INSTRUCTION_SET=%s is none of this processor's: x86-64-v2 to %s; that is used\n",
               asked, kNames[most]);
  return most;
}

}  // namespace reel::inline REEL_PRECISION::detail
