#include "common/processes.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#ifdef REEL_MPI
#include <reel/optim/parallel/mpi.h>
#endif

namespace reel::apps {
namespace {

std::unique_ptr<Communicator>& joined() {
  static std::unique_ptr<Communicator> all;
  return all;
}

}  // namespace

Communicator& processes() { return joined() ? *joined() : alone(); }

bool under_mpirun() {
#ifdef REEL_MPI
  return Mpi::launched();
#else
  return false;
#endif
}

void join_processes() {
#ifdef REEL_MPI
  joined() = std::make_unique<Mpi>();
#endif
  if (processes().size() == 1) return;
  ::setenv("TERM", "dumb",
           1);  // to mpirun's pipe; it gives each process a terminal, whatever its own output is
  if (processes().rank() > 0 && !std::freopen("/dev/null", "w", stdout))
    throw Error("standard output cannot be closed");
}

std::string speaker(const std::string& program) {
  const Communicator& all = processes();
  return all.size() == 1 ? program : fmt::format("{}: {}", program, all.name(all.rank()));
}

int leave_processes(int status) {
  if (status != 0 && processes().size() > 1) {
    std::fflush(nullptr);
    std::_Exit(status);
  }
  joined().reset();
  return status;
}

}  // namespace reel::apps
