// What the machine can do at most, measured on the spot: what the kernels' times are held against.
#pragma once

namespace reel::apps {

/// GFLOP/s of one thread that does nothing but independent fused multiply-adds in vector registers, while
/// num_threads() do so at once; a multiply-add counts as two.
double peak_gflops_per_thread();

/// GB/s of num_threads() threads that copy arrays too large for the cache, read and written bytes together.
double copy_gb_per_second();

}  // namespace reel::apps
