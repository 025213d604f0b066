// The processes of a program and the bytes between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// While a process waited for another, the program was asked to end (see InterruptGuard).
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// What all processes must have alike is not alike. Each of them throws it, with the same message.
class DisagreementError : public Error {
 public:
  using Error::Error;
};

/// The processes of a program, numbered from 0, this being one of them. What concerns all (broadcast, all_gather,
/// require_equal) is called by each of them, in the same order; one process alone sends nothing. Used by one thread.
class Communicator {
 public:
  /// A message on its way.
  using Request = std::size_t;
  /// What is to be alike: names and values.
  using Facts = std::map<std::string, std::string>;

  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  virtual int rank() const = 0;  ///< the number of this process
  virtual int size() const = 0;  ///< how many there are
  /// The name of the machine that a process runs on.
  virtual const std::string& host(int process) const = 0;
  /// "process 1 on farm-b"
  std::string name(int process) const;

  /// Begin to send and to receive bytes, which stay where they are until done(request), also where a wait for it throws:
  /// the message comes all the same. Messages from one process to another with the same tag, 0 to 32766, arrive in the
  /// order in which they were sent; both know how long they are. An Error where one is too long for what carries it.
  virtual Request send(int to, int tag, std::span<const std::byte> bytes) = 0;
  virtual Request receive(int from, int tag, std::span<std::byte> bytes) = 0;
  /// Whether the message has gone or come, after which the request is no more. An Error where it never will.
  virtual bool done(Request request) = 0;

  /// Returns once done() is true / `holds` gives true; throws Interrupted once the program is to end. Where it throws,
  /// this process has given up.
  void wait(Request request);
  void wait_until(const std::function<bool()>& holds);

  /// Keeps what a message may still be written to as long as it lives itself.
  void keep(std::shared_ptr<void> memory) { kept_.push_back(std::move(memory)); }

  /// Says that this process, one of several, does not go on as the others do, which may wait for it. What concerns all
  /// is an Error from now on, and Mpi does not wait for them at its end. DataParallel calls it for exceptions of its own;
  /// a program that catches another, and ends, calls it itself.
  void give_up() {
    if (size() > 1) has_given_up_ = true;
  }
  bool has_given_up() const { return has_given_up_; }

  /// The bytes that process 0 gave, at every process. These three throw what done() and wait() do, and an Error where this
  /// process has given up.
  std::string broadcast(std::string bytes);
  /// The bytes that each process gave, in order of their numbers, at every process.
  std::vector<std::string> all_gather(const std::string& bytes);
  /// A DisagreementError where a process has another value under a name, or not the same names; it says which.
  void require_equal(const Facts& facts);

 protected:
  /// What messages may still be written to is never freed: for one that cannot stop what carries them.
  void leave_memory();

 private:
  /// Bytes of any number, which the other does not know.
  struct Text {
    std::string bytes;
    std::uint64_t length = 0;
  };
  void send(int to, Text& text);
  void receive(int from, Text& text);
  std::string with_text(std::string bytes, const std::function<void(Text&)>& talk);

  std::string difference(const std::string& fact, const std::vector<Facts>& all) const;

  std::list<Text> texts_;  // on their way; one whose wait has thrown stays, for the message may come
  std::vector<std::shared_ptr<void>> kept_;
  bool has_given_up_ = false;
};

/// One process, which has nobody to talk to.
Communicator& alone();
/// The name of this machine.
std::string host_name();

}  // namespace reel::inline REEL_PRECISION
