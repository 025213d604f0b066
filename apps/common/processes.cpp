#include "common/processes.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <reel/core/parallel.h>
#include <reel/core/run/interrupt.h>
#ifdef REEL_MPI
#include <reel/optim/parallel/mpi.h>
#endif

namespace reel::apps {
namespace {

std::unique_ptr<Communicator>& joined() {
  static std::unique_ptr<Communicator> all;
  return all;
}

bool same_command_line = false;  // as the first process's
int same_cores = 1;              // processes on the same cores as this one

// The machine and which of its cores this process may use, where the system says so.
std::string own_cores() {
  std::string cores = host_name();
#ifdef __linux__
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    cores.append(reinterpret_cast<const char*>(&allowed), sizeof allowed);
#endif
  return cores;
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

void require_mpi() {
#ifndef REEL_MPI
  if (const char* count = std::getenv("OMPI_COMM_WORLD_SIZE"); count && std::string(count) != "1") {
    throw Error(fmt::format(
        "mpirun has started {} processes of a program that was built without MPI; configure it with "
        "-DREEL_MPI=ON",
        count));
  }
#endif
}

void join_processes(const std::vector<std::string>& command_line) {
#ifdef REEL_MPI
  joined() = std::make_unique<Mpi>();
#endif
  if (under_mpirun())
    ::setenv("TERM", "dumb", 1);  // it gives each process a terminal, whatever its own output is
  if (processes().rank() > 0 && !std::freopen("/dev/null", "w", stdout))
    throw Error("standard output cannot be closed");
  const std::string own = fmt::format("{}", fmt::join(command_line, std::string(1, '\0')));
  same_command_line = processes().broadcast(own) == own;
  const std::string cores = own_cores();
  same_cores = static_cast<int>(std::ranges::count(processes().all_gather(cores), cores));
}

bool repeats_the_first() { return processes().rank() > 0 && same_command_line; }

int share_of_threads() { return std::max(1, num_threads() / same_cores); }

std::string speaker(const std::string& program) {
  const Communicator& all = processes();
  return all.size() == 1 ? program : fmt::format("{}: {}", program, all.name(all.rank()));
}

int leave_processes(int status) {
  if (status != 0 && processes().size() > 1) {
    std::fflush(nullptr);
    // When mpirun has told all to end and one has left, it kills the others at once: the first, which may be writing a
    // checkpoint, is to leave before.
    if (processes().rank() > 0 && InterruptGuard::requested())
      std::this_thread::sleep_for(std::chrono::seconds(5));
    std::_Exit(status);
  }
  joined().reset();
  return status;
}

}  // namespace reel::apps
