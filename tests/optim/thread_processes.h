// Processes that are threads of one program: what they say to each other goes through its memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <reel/core/run/interrupt.h>
#include <reel/optim/parallel/communicator.h>

namespace reel_test {

/// What is under way between the threads.
struct ThreadMail {
  /// A message that was sent or is waited for.
  struct Message {
    std::vector<std::byte> sent = {};
    std::span<std::byte> room = {};  // to receive it
    bool done = false, has_other_length = false;
  };
  /// Of (from, to, tag), in order: messages without a receiver or receivers without a message.
  using Box = std::deque<std::shared_ptr<Message>>;

  std::mutex mutex;
  std::map<std::tuple<int, int, int>, Box> sent, awaited;
  bool one_failed = false;
};

/// Thrown at who would wait in vain.
struct AnotherFailed : std::exception {};

class ThreadProcess : public reel::Communicator {
 public:
  ThreadProcess(ThreadMail& mail, int rank, int size) : mail_(mail), rank_(rank), size_(size) {
    for (int i = 0; i < size; i++) hosts_.push_back("host-" + std::string(1, static_cast<char>('a' + i)));
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  const std::string& host(int process) const override { return hosts_.at(static_cast<std::size_t>(process)); }

  /// As with MPI, a message is written as soon as it comes to who waits for it.
  Request send(int to, int tag, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(mail_.mutex);
    const auto message = std::make_shared<ThreadMail::Message>();
    message->sent.assign(bytes.begin(), bytes.end());
    message->done = true;
    if (const auto receiver = taken_from(mail_.awaited[{rank_, to, tag}])) {
      deliver(message->sent, *receiver);
    } else {
      mail_.sent[{rank_, to, tag}].push_back(message);
    }
    return request_of(message);
  }
  Request receive(int from, int tag, std::span<std::byte> bytes) override {
    const std::lock_guard lock(mail_.mutex);
    const auto receiver = std::make_shared<ThreadMail::Message>();
    receiver->room = bytes;
    if (const auto message = taken_from(mail_.sent[{from, rank_, tag}])) {
      deliver(message->sent, *receiver);
    } else {
      mail_.awaited[{from, rank_, tag}].push_back(receiver);
    }
    return request_of(receiver);
  }
  bool done(Request request) override {
    const std::lock_guard lock(mail_.mutex);
    if (requests_[request]->has_other_length) throw reel::Error("a message of another length");
    if (requests_[request]->done) return true;
    if (mail_.one_failed) throw AnotherFailed();
    if (when_it_waits) std::exchange(when_it_waits, {})();
    return false;
  }

  /// Called once, when a message is asked for that has not come.
  std::function<void()> when_it_waits = {};

  /// Where messages that have not come will be written to.
  std::vector<std::span<std::byte>> awaited() const {
    const std::lock_guard lock(mail_.mutex);
    std::vector<std::span<std::byte>> rooms;
    for (const auto& message : requests_) {
      if (!message->done) rooms.push_back(message->room);
    }
    return rooms;
  }

 private:
  static std::shared_ptr<ThreadMail::Message> taken_from(ThreadMail::Box& box) {
    if (box.empty()) return nullptr;
    const auto first = box.front();
    box.pop_front();
    return first;
  }
  static void deliver(const std::vector<std::byte>& sent, ThreadMail::Message& receiver) {
    receiver.has_other_length = sent.size() != receiver.room.size();
    if (!receiver.has_other_length) std::ranges::copy(sent, receiver.room.begin());
    receiver.done = true;
  }
  Request request_of(std::shared_ptr<ThreadMail::Message> message) {
    requests_.push_back(std::move(message));
    return requests_.size() - 1;
  }

  ThreadMail& mail_;
  int rank_, size_;
  std::vector<std::string> hosts_;
  std::vector<std::shared_ptr<ThreadMail::Message>> requests_;
};

/// An InterruptGuard, at whose end it is forgotten that the program was asked to end.
class InterruptScope {
 public:
  InterruptScope() = default;
  ~InterruptScope() {
    guard_.reset();
    const reel::InterruptGuard forgets;
  }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  std::optional<reel::InterruptGuard> guard_{std::in_place};
};

/// Runs f(process) on so many threads. What one throws ends those that wait, and comes out of it: of several, the first
/// process's.
inline void run_as_processes(int count, const std::function<void(ThreadProcess&)>& f) {
  ThreadMail mail;
  // As long as any: others write to what they wait for.
  std::vector<std::unique_ptr<ThreadProcess>> processes;
  for (int rank = 0; rank < count; rank++)
    processes.push_back(std::make_unique<ThreadProcess>(mail, rank, count));
  std::map<int, std::exception_ptr> failures;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; rank++) {
    threads.emplace_back([&, rank] {
      try {
        f(*processes[static_cast<std::size_t>(rank)]);
      } catch (const AnotherFailed&) {  // whose exception tells why
      } catch (...) {
        const std::lock_guard lock(mail.mutex);
        failures[rank] = std::current_exception();
        mail.one_failed = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!failures.empty()) std::rethrow_exception(failures.begin()->second);
}

}  // namespace reel_test
