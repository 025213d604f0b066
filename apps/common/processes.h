// The processes that a program runs as: one, or with REEL_MPI as many as mpirun has started.
#pragma once

#include <string>
#include <vector>

#include <reel/optim/parallel/communicator.h>

namespace reel::apps {

/// run_program() joins them; until then this process is alone.
Communicator& processes();

/// An Error where mpirun has started several of a program that was built without MPI.
void require_mpi();

/// Finds the others. Of several processes, the first alone prints: standard output of the others leads nowhere.
void join_processes(const std::vector<std::string>& command_line);
/// Whether this process is not the first and has the same command line: then the first tells what is wrong with it.
bool repeats_the_first();

/// Whether mpirun or the like started the program, be it as one process.
bool under_mpirun();

/// Threads to compute with: as many as this process may use cores, which those that may use the same ones share evenly.
int share_of_threads();

/// "mnist", or of several processes "mnist: process 1 on farm-b": how a message to standard error begins.
std::string speaker(const std::string& program);

/// The end of a program whose work ended with this status. Of several processes, one that fails leaves at once: MPI
/// would wait for the others, which may wait for this one. mpirun ends them then.
int leave_processes(int status);

}  // namespace reel::apps
