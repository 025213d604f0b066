// Prints which of the kernels run, by name and by the lanes of their vectors, and the lanes before main.
#include <cstdio>

#include <reel/core/kernels/detail/machine.h>

using namespace reel;

namespace {
const int lanes_before_main = kernels::lanes();
}

int main() { std::printf("%s %d %d\n", kernels::instruction_set(), kernels::lanes(), lanes_before_main); }
