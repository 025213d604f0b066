// MPI on a thread of its own.
#pragma once

// Its C++ interface, which MPI has dropped, is left out.
#define OMPI_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#include <mpi.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::detail {

/// All calls of MPI are made by this thread, for two reasons: messages move on while the program computes, as MPI moves
/// them only within its functions; and where MPI does not come back, as after the death of a process that TCP led to,
/// the program still does.
class MpiThread {
 public:
  using Request = std::size_t;
  enum class Progress { kUnderWay, kDone, kFailed, kParted };  ///< kParted: the other has ended without it

  /// Begins MPI; an Error where that fails.
  MpiThread();
  MpiThread(const MpiThread&) = delete;
  MpiThread& operator=(const MpiThread&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Begins to send, or to receive, so many bytes, to or from `peer`.
  Request begin(bool is_sent, int peer, int tag, void* bytes, int length);
  /// How far it is; once it is kDone, the request is no more.
  Progress progress(Request request);
  int peer(Request request) const { return messages_[request].peer; }
  const std::string& failure(Request request) const { return messages_[request].failure; }

  /// Says goodbye to the others, waits until they do, and ends MPI; does not where anything is under way or the program
  /// is to end meanwhile (see InterruptGuard).
  void part();
  /// Ends the thread, without a word where it has not parted: to be called before the object goes. False where MPI does
  /// not come back within a second; then the object has to stay, and all that messages may be written to.
  bool stop();

 private:
  enum class Wish { kGoOn, kPart, kStop };
  struct Message {
    bool is_sent = false;
    int peer = 0, tag = 0, length = 0;
    void* bytes = nullptr;
    MPI_Request request = MPI_REQUEST_NULL;
    bool begun = false;
    std::string failure = {};
    std::atomic<Progress> progress =
        Progress::kUnderWay;  // what else is here is the thread's until this changes
  };
  /// The last word of a process to another: how many messages it has sent to it, and received from it.
  struct Goodbye {
    std::int64_t sent = 0, received = 0;
  };
  struct Peer {
    Goodbye own;  // so far, by this process
    std::optional<Goodbye> last = {};
  };

  void run();
  void start();
  bool wait_for_work();
  void move_all();
  Progress move(Message& message);
  Progress post(Message& message);
  bool is_in_vain(const Message& message) const;
  void await_goodbye();
  void take_goodbyes();
  bool say_goodbye();

  int rank_ = 0, size_ = 1;
  std::deque<Message> messages_;  // which stay where they are
  std::vector<Request> unused_;   // places of those that are over

  std::mutex mutex_;  // never held over a call of MPI
  std::condition_variable changed_;
  std::vector<Message*> asked_;  // to be begun
  Wish wish_ = Wish::kGoOn;
  bool started_ = false;
  std::atomic<bool> ended_ = false;
  std::exception_ptr failure_;
  std::atomic<bool> awaited_ = false;  // the program has asked for progress since

  // Of the thread alone:
  std::vector<Message*> moving_;
  std::vector<Peer> peers_;
  Goodbye incoming_;
  MPI_Request incoming_request_ = MPI_REQUEST_NULL;
  int parted_ = 0;  // how many have said goodbye
  int idle_ = 0;    // rounds since the program has asked

  std::thread thread_;
};

}  // namespace reel::inline REEL_PRECISION::detail
