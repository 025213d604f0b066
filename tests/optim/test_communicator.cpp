#include <reel/optim/parallel/communicator.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>

#include <doctest/doctest.h>

#include "thread_processes.h"

using namespace reel;
using reel_test::InterruptScope;
using reel_test::run_as_processes;

namespace {

// The first of two processes. The other tells how long its text is; before it sends that, this one is asked to end.
class Interruptee : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  const std::string& host(int) const override { return host_; }
  Request send(int, int, std::span<const std::byte>) override { return 0; }
  Request receive(int, int, std::span<std::byte> bytes) override {
    room = bytes;
    if (bytes.size() != sizeof kLength) return 1;
    std::memcpy(bytes.data(), &kLength, sizeof kLength);
    return 0;
  }
  bool done(Request request) override {
    if (request == 1) std::raise(SIGTERM);
    return request == 0;
  }

  static constexpr std::uint64_t kLength = 1000;
  std::span<std::byte> room;  // of the message that was asked for last

 private:
  std::string host_ = "here";
};

}  // namespace

TEST_CASE("a message that comes after its receiver was interrupted goes to memory that lives") {
  const InterruptScope interrupts;
  Interruptee process;
  CHECK_THROWS_AS(process.all_gather("mine"), Interrupted);
  REQUIRE(process.room.size() == Interruptee::kLength);
  std::ranges::fill(process.room, std::byte{1});  // the address sanitizer sees where it does not
}

TEST_CASE("a process that was interrupted has given up: it says nothing to all any more") {
  const InterruptScope interrupts;
  Interruptee process;
  CHECK_FALSE(process.has_given_up());
  CHECK_THROWS_AS(process.all_gather("mine"), Interrupted);
  CHECK(process.has_given_up());
  CHECK_THROWS_WITH_AS(process.broadcast(""),
                       "process 0 on here has given up, and others wait for it; end the program", Error);
  alone().give_up();
  CHECK(alone().broadcast("of one") == "of one");
}

TEST_CASE("texts reach every process, whoever passes them on") {
  for (const int count : {1, 2, 3, 5, 8}) {
    run_as_processes(count, [&](Communicator& process) {
      CHECK(process.broadcast(process.rank() == 0 ? "of the first" : "other") == "of the first");
      const auto all = process.all_gather(std::string(static_cast<std::size_t>(process.rank()), 'x'));
      REQUIRE(std::ssize(all) == count);
      for (std::size_t i = 0; i < all.size(); i++) CHECK(all[i] == std::string(i, 'x'));
    });
  }
}

TEST_CASE("what is not said in the same order is an error, no text of another") {
  CHECK_THROWS_WITH_AS(run_as_processes(2,
                                        [](Communicator& process) {
                                          if (process.rank() == 0) {
                                            process.require_equal({{"the seed", "1"}});
                                          } else {
                                            process.all_gather(std::string(20, '\x7f'));
                                          }
                                        }),
                       doctest::Contains("the processes do not talk of the same"), Error);
}

TEST_CASE("what is not alike is told with all its values, whichever process is the odd one") {
  const auto compare = [](int processes, int odd) {
    run_as_processes(processes, [odd](Communicator& process) {
      const bool is_odd = process.rank() == odd;
      process.require_equal(
          {{"the flag", is_odd ? "set" : "clear"}, {"the seed", "1"}, {"the way", is_odd ? "" : "up"}});
    });
  };
  CHECK_NOTHROW(compare(4, 4));
  CHECK_THROWS_WITH_AS(
      compare(4, 0),
      "the processes are not alike: the flag is set on process 0 on host-a, clear on process 1 on "
      "host-b and 2 others; the way is not given on process 0 on host-a, up on process 1 on host-b "
      "and 2 others",
      DisagreementError);
  CHECK_THROWS_WITH_AS(
      compare(3, 2),
      "the processes are not alike: the flag is clear on process 0 on host-a and 1 other, set on "
      "process 2 on host-c; the way is up on process 0 on host-a and 1 other, not given on process "
      "2 on host-c",
      DisagreementError);
}
