// Its C++ interface, which MPI has dropped, is left out.
#define OMPI_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <reel/optim/parallel/mpi.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr int kGoodbyeTag = 32767;  // the last that every MPI has

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

// Those on their way, and a thread that moves them on: MPI itself does so only while one of its functions runs. Every
// call of MPI holds the mutex.
struct Mpi::Messages {
  std::mutex mutex;
  std::vector<MPI_Request> requests;
  std::vector<int> senders;     // of those that are received; -1 of others
  std::vector<Request> unused;  // places of those that have come

  std::byte goodbye{};

  std::condition_variable changed;
  bool stop = false;
  std::thread mover;

  ~Messages() { end_thread(); }

  bool none() const { return unused.size() == requests.size(); }

  // Begins one: start(place of its MPI_Request) is a function of MPI, that of the name `what`.
  template <class Start>
  Request begin(const char* what, int sender, const Start& start) {
    const std::lock_guard lock(mutex);
    if (unused.empty()) {
      requests.push_back(MPI_REQUEST_NULL);
      senders.push_back(-1);
      unused.push_back(requests.size() - 1);
    }
    const Request place = unused.back();
    check(start(&requests[place]), what);
    senders[place] = sender;
    unused.pop_back();
    changed.notify_one();
    return place;
  }

  void move() {
    constexpr std::chrono::microseconds kNap{100};
    std::unique_lock lock(mutex);
    while (!stop) {
      changed.wait(lock, [this] { return stop || !none(); });
      int ignored = 0;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &ignored, MPI_STATUS_IGNORE);
      lock.unlock();
      std::this_thread::sleep_for(kNap);
      lock.lock();
    }
  }

  void end_thread() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_one();
    if (mover.joinable()) mover.join();
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
  if (begun) throw Error("Mpi: MPI was begun before; make one Mpi, at the beginning of main()");
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &given), "MPI_Init_thread");
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  messages_ = std::make_unique<Messages>();
  if (size_ == 1) return;
  if (given >= MPI_THREAD_SERIALIZED) messages_->mover = std::thread([this] { messages_->move(); });
  hosts_ = all_gather(host_name());
}

Mpi::~Mpi() {
  if (!messages_) return;
  if (!messages_->none() || has_given_up() || std::uncaught_exceptions() > 0 || !part()) return;
  messages_->end_thread();
  MPI_Finalize();
}

// Whether all have said goodbye.
bool Mpi::part() {
  const std::span<std::byte> word(&messages_->goodbye, 1);
  try {
    for (int other = 0; other < size_; other++) {
      if (other != rank_) wait(send(other, kGoodbyeTag, word));
    }
    for (int other = 0; other < size_; other++) {
      if (other != rank_) wait(receive(other, kGoodbyeTag, word));
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

const std::string& Mpi::host(int process) const { return hosts_.at(static_cast<std::size_t>(process)); }

Mpi::Request Mpi::send(int to, int tag, std::span<const std::byte> bytes) {
  const int length = length_of(bytes);
  bytes_sent_ += std::ssize(bytes);
  return messages_->begin("MPI_Isend", -1, [&](MPI_Request* request) {
    return MPI_Isend(bytes.data(), length, MPI_BYTE, to, tag, MPI_COMM_WORLD, request);
  });
}

Mpi::Request Mpi::receive(int from, int tag, std::span<std::byte> bytes) {
  const int length = length_of(bytes);
  return messages_->begin("MPI_Irecv", from, [&](MPI_Request* request) {
    return MPI_Irecv(bytes.data(), length, MPI_BYTE, from, tag, MPI_COMM_WORLD, request);
  });
}

bool Mpi::done(Request request) {
  const std::lock_guard lock(messages_->mutex);
  const int sender = messages_->senders[request];
  const auto is_there = [&] {
    int there = 0;
    check(MPI_Test(&messages_->requests[request], &there, MPI_STATUS_IGNORE), "MPI_Test");
    return there != 0;
  };
  const auto has_parted = [&] {
    int there = 0;
    check(MPI_Iprobe(sender, kGoodbyeTag, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE), "MPI_Iprobe");
    return there != 0;
  };
  const bool there = is_there() || (sender >= 0 && has_parted() && is_there());
  if (there) messages_->unused.push_back(request);
  if (!there && sender >= 0 && has_parted())
    throw Error(fmt::format("{} has ended, and {} waits for it", name(sender), name(rank_)));
  return there;
}

}  // namespace reel::inline REEL_PRECISION
