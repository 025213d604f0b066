// Loops over several threads whose results never depend on how many there are.
#pragma once

#include <algorithm>
#include <memory>
#include <type_traits>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

namespace detail {

/// run(context, task, worker) once for each of `tasks` tasks.
struct ParallelJob {
  void (*run)(void* context, Index task, int worker);
  void* context;
  Index tasks;
  int workers;  ///< at most, with the caller, who is worker 0
};
/// By the threads of the program; see core/detail/thread_pool.h.
void run_parallel(const ParallelJob& job);

}  // namespace detail

/// Number of threads for the loops of an op. At first OMP_NUM_THREADS or the number of cores.
int num_threads();
/// Sets it for the whole program; n < 1 or above 1024 is an Error.
void set_num_threads(int n);

/// Calls f(begin, end) for the pieces [0, grain), [grain, 2 grain), ... of [0, n), several at once. The
/// pieces depend on n and grain alone, so the bits do not depend on the number of threads (a vector loop and
/// its tail may round differently); choose the grain so that a piece is worth some ten microseconds. Where f
/// throws, pieces that have begun are ended, others left out, and the exception of the first piece that
/// throws reaches the caller: the same one with any number of threads.
template <class F>
void parallel_for(Index n, Index grain, F&& f) {
  if (n <= 0) return;
  struct Context {
    std::remove_reference_t<F>* f;
    Index n, grain;
  } context{std::addressof(f), n, std::max<Index>(grain, 1)};
  const auto run = [](void* opaque, Index chunk, int) {
    auto& c = *static_cast<Context*>(opaque);
    (*c.f)(chunk * c.grain, std::min(c.n, (chunk + 1) * c.grain));
  };
  detail::run_parallel({run, &context, (n + context.grain - 1) / context.grain, num_threads()});
}

/// Calls f(task, worker) for the tasks 0..n on at most `workers` threads. No two tasks of one worker, which
/// is below `workers`, run at once: a worker may have scratch memory of its own. Exceptions as with
/// parallel_for.
template <class F>
void parallel_for_workers(Index n, int workers, F&& f) {
  const auto run = [](void* opaque, Index task, int worker) {
    (*static_cast<std::remove_reference_t<F>*>(opaque))(task, worker);
  };
  detail::run_parallel({run, std::addressof(f), n, workers});
}

}  // namespace reel::inline REEL_PRECISION
