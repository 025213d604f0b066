// Processes that are threads of one program: what they say to each other goes through its memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <reel/optim/parallel/communicator.h>

namespace reel_test {

/// What is under way between the threads: of (from, to, tag), in order.
struct ThreadMail {
  std::mutex mutex;
  std::map<std::tuple<int, int, int>, std::deque<std::vector<std::byte>>> messages;
};

class ThreadProcess : public reel::Communicator {
 public:
  ThreadProcess(ThreadMail& mail, int rank, int size) : mail_(mail), rank_(rank), size_(size) {
    for (int i = 0; i < size; i++) hosts_.push_back("host-" + std::string(1, static_cast<char>('a' + i)));
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  const std::string& host(int process) const override { return hosts_.at(static_cast<std::size_t>(process)); }

  Request send(int to, int tag, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(mail_.mutex);
    mail_.messages[{rank_, to, tag}].emplace_back(bytes.begin(), bytes.end());
    bytes_sent_ += std::ssize(bytes);
    wanted_.push_back({});
    return wanted_.size() - 1;
  }
  Request receive(int from, int tag, std::span<std::byte> bytes) override {
    wanted_.push_back({from, tag, bytes});
    return wanted_.size() - 1;
  }
  bool done(Request request) override {
    Wanted& wanted = wanted_[request];
    if (wanted.from < 0) return true;
    const std::lock_guard lock(mail_.mutex);
    auto& messages = mail_.messages[{wanted.from, rank_, wanted.tag}];
    if (messages.empty()) return false;
    if (messages.front().size() != wanted.bytes.size()) throw reel::Error("a message of another length");
    std::ranges::copy(messages.front(), wanted.bytes.begin());
    messages.pop_front();
    return true;
  }

 private:
  struct Wanted {
    int from = -1, tag = 0;  // below 0: of a message that was sent
    std::span<std::byte> bytes = {};
  };
  ThreadMail& mail_;
  int rank_, size_;
  std::vector<std::string> hosts_;
  std::vector<Wanted> wanted_;
};

/// Runs f(process) on so many threads. What one throws comes out of it: of several, the first process's.
inline void run_as_processes(int count, const std::function<void(reel::Communicator&)>& f) {
  ThreadMail mail;
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; rank++) {
    threads.emplace_back([&, rank] {
      ThreadProcess process(mail, rank, count);
      try {
        f(process);
      } catch (...) {
        failures[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace reel_test
