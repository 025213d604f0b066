#include <cstdlib>
#include <exception>
#include <limits>

#include <fmt/format.h>

#include <reel/optim/parallel/detail/mpi_thread.h>
#include <reel/optim/parallel/mpi.h>

namespace reel::inline REEL_PRECISION {
namespace {

using Progress = detail::MpiThread::Progress;

// How many processes were started, as Open MPI, MPICH or Slurm tell each; 0 where nobody tells.
int launched_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* size = std::getenv(name)) return std::atoi(size);
  }
  return std::getenv("PMIX_RANK") || std::getenv("PMI_RANK") ? 1 : 0;
}

int length_of(std::span<const std::byte> bytes) {
  if (bytes.size() <= std::numeric_limits<int>::max()) return static_cast<int>(bytes.size());
  throw Error(fmt::format("a message of {} bytes is too long for MPI, which has 2 GB", bytes.size()));
}

}  // namespace

bool Mpi::launched() { return launched_processes() > 0; }

Mpi::Mpi() : hosts_{host_name()} {
  if (!launched()) return;
  thread_ = std::make_unique<detail::MpiThread>();
  try {
    greet();
  } catch (...) {
    end();
    throw;
  }
}

void Mpi::greet() {
  if (size() == 1 && launched_processes() > 1) {
    throw Error(fmt::format(
        "Mpi: {} processes were started, each of which is alone: by the mpirun of another MPI than the "
        "program's; start it with its own",
        launched_processes()));
  }
  hosts_.assign(static_cast<std::size_t>(size()), "a host yet unknown");
  hosts_ = all_gather(host_name());
}

Mpi::~Mpi() {
  if (!thread_) return;
  if (!has_given_up() && std::uncaught_exceptions() == 0) thread_->part();
  end();
}

// Where MPI does not come back, it may still write to what it was given.
void Mpi::end() {
  if (thread_->stop()) return;
  (void)thread_.release();
  leave_memory();
}

int Mpi::rank() const { return thread_ ? thread_->rank() : 0; }

int Mpi::size() const { return thread_ ? thread_->size() : 1; }

const std::string& Mpi::host(int process) const { return hosts_.at(static_cast<std::size_t>(process)); }

// What is sent is only read.
Mpi::Request Mpi::send(int to, int tag, std::span<const std::byte> bytes) {
  return thread_->begin(true, to, tag, const_cast<std::byte*>(bytes.data()), length_of(bytes));
}

Mpi::Request Mpi::receive(int from, int tag, std::span<std::byte> bytes) {
  return thread_->begin(false, from, tag, bytes.data(), length_of(bytes));
}

bool Mpi::done(Request request) {
  const Progress progress = thread_->progress(request);
  if (progress == Progress::kFailed) throw Error(thread_->failure(request));
  if (progress == Progress::kParted)
    throw Error(fmt::format("{} has ended, and {} waits for it", name(thread_->peer(request)), name(rank())));
  return progress == Progress::kDone;
}

}  // namespace reel::inline REEL_PRECISION
