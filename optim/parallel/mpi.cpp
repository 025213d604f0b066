// Its C++ interface, which MPI has dropped, is left out.
#define OMPI_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <reel/optim/parallel/mpi.h>

namespace reel::inline REEL_PRECISION {
namespace {

void check(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(fmt::format("{}: {}", what, text));
}

int length_of(std::span<const std::byte> bytes) {
  if (bytes.size() <= std::numeric_limits<int>::max()) return static_cast<int>(bytes.size());
  throw Error(fmt::format("a message of {} bytes is too long for MPI; make parameters of less than 2 GB",
                          bytes.size()));
}

}  // namespace

// Those on their way; the place of one that has come is used again.
struct Mpi::Messages {
  std::vector<MPI_Request> requests;
  std::vector<Request> unused;

  Request place() {
    if (unused.empty()) {
      requests.push_back(MPI_REQUEST_NULL);
      return requests.size() - 1;
    }
    const Request place = unused.back();
    unused.pop_back();
    return place;
  }
};

// What Open MPI, MPICH and Slurm tell the processes that they start.
bool Mpi::launched() {
  constexpr const char* kNames[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
  return std::ranges::any_of(kNames, [](const char* name) { return std::getenv(name) != nullptr; });
}

Mpi::Mpi() : hosts_{host_name()} {
  if (!launched()) return;
  int begun = 0, given = 0;
  check(MPI_Initialized(&begun), "MPI_Initialized");
  if (begun) throw Error("Mpi: MPI was begun before; make one Mpi, at the begin of main()");
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given), "MPI_Init_thread");
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  messages_ = std::make_unique<Messages>();
  if (size_ > 1) hosts_ = all_gather(host_name());
}

Mpi::~Mpi() {
  if (!messages_ || std::uncaught_exceptions() > 0) return;
  if (messages_->unused.size() == messages_->requests.size()) MPI_Finalize();
}

const std::string& Mpi::host(int process) const { return hosts_.at(static_cast<std::size_t>(process)); }

Mpi::Request Mpi::send(int to, int tag, std::span<const std::byte> bytes) {
  const Request place = messages_->place();
  check(MPI_Isend(bytes.data(), length_of(bytes), MPI_BYTE, to, tag, MPI_COMM_WORLD,
                  &messages_->requests[place]),
        "MPI_Isend");
  bytes_sent_ += std::ssize(bytes);
  return place;
}

Mpi::Request Mpi::receive(int from, int tag, std::span<std::byte> bytes) {
  const Request place = messages_->place();
  check(MPI_Irecv(bytes.data(), length_of(bytes), MPI_BYTE, from, tag, MPI_COMM_WORLD,
                  &messages_->requests[place]),
        "MPI_Irecv");
  return place;
}

bool Mpi::done(Request request) {
  int there = 0;
  check(MPI_Test(&messages_->requests[request], &there, MPI_STATUS_IGNORE), "MPI_Test");
  if (there) messages_->unused.push_back(request);
  return there != 0;
}

}  // namespace reel::inline REEL_PRECISION
