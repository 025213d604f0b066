#include <reel/core/io/detail/byte_reader.h>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/memory.h>

#include "support.h"

using namespace reel;
using doctest::Contains;

TEST_CASE("A file and memory are read alike, one stretch after another") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "f", content = "0123456789";
  reel_test::write_file(path, content);
  ByteReader file(path), memory(content, "memory");
  CHECK(file.name() == path);
  CHECK(memory.name() == "memory");
  for (ByteReader* reader : {&file, &memory}) {
    CHECK(reader->remaining() == 10);
    CHECK(reader->peek(3) == "012");
    CHECK(reader->read(4) == "0123");
    CHECK(reader->peek(100) == "456789");
    CHECK(reader->read(0).empty());
    char two[2];
    reader->read_to(two, 2);
    CHECK(std::string(two, 2) == "45");
    CHECK(reader->remaining() == 4);
    CHECK(reader->read(4) == "6789");
    CHECK(reader->peek(1).empty());
    CHECK(reader->remaining() == 0);
  }
}

TEST_CASE("A file of /proc, which has no size, is read to its end") {
  ByteReader file("/proc/self/status");
  CHECK(file.remaining() > 0);
  CHECK(file.read(file.remaining()).starts_with("Name:"));
}

TEST_CASE("A file that became shorter, or is too large for the memory, is told by name") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "f";
  reel_test::write_file(path, "0123456789");
  ByteReader file(path);
  std::filesystem::resize_file(path, 5);
  CHECK_THROWS_WITH_AS(file.read(10), Contains("/f: it became shorter while it was read"), IoError);
  CHECK_THROWS_WITH_AS(file.read(std::uint64_t{1} << 60),
                       Contains("/f: there is no memory for 1152921504606846976"), IoError);
  CHECK_THROWS_WITH_AS(file.read(std::numeric_limits<std::uint64_t>::max()),
                       Contains("there is no memory for"), IoError);
}

TEST_CASE("Room for bytes or for a tensor that there is no memory for is refused by the file's name") {
  std::vector<std::uint8_t> bytes(3);
  for (const std::uint64_t much : {std::uint64_t{1} << 60, std::numeric_limits<std::uint64_t>::max()})
    CHECK_THROWS_WITH_AS(make_room(bytes, much, "images"),
                         Contains("cannot read images: there is no memory for"), IoError);
  CHECK(bytes.size() == 3);
  reel::detail::fail_allocation_after(0);
  CHECK_THROWS_WITH_AS(room_for({2, 3}, "the array", "x.npy"),
                       Contains("x.npy: the array [2,3]: out of memory"), IoError);
  reel::detail::fail_allocation_after(-1);
  CHECK(room_for({2, 3}, "the array", "x.npy").shape() == Shape{2, 3});
}

TEST_CASE("A signal that interrupts the opening or the reading of a pipe is no error") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  struct sigaction nothing {
  }, before{};
  nothing.sa_handler = [](int) {};  // without SA_RESTART
  sigaction(SIGUSR1, &nothing, &before);
  std::thread writer([&path, reader = pthread_self()] {
    const auto interrupt = [reader] {
      for (int i = 0; i < 20; i++) {
        pthread_kill(reader, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    };
    interrupt();
    const int file = ::open(path.c_str(), O_RDWR);  // which waits for no reader
    interrupt();
    CHECK(::write(file, "content", 7) == 7);
    ::close(file);
  });
  CHECK_NOTHROW(CHECK(ByteReader(path).read(7) == "content"));
  writer.join();
  sigaction(SIGUSR1, &before, nullptr);
}
