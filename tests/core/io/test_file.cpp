#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>

#include "support.h"

using namespace reel;
using doctest::Contains;
using reel_test::status_of_child;
using reel_test::TempDir;
using reel_test::write_file;

namespace {

void write(const std::string& path, std::string_view bytes) { write_atomically(path, std::span(&bytes, 1)); }

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// While it lives, no file can grow beyond `bytes`, as on a full disk: the kernel refuses to write, or kills
// the process where the signal is not ignored.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

class IgnoredSignal {
 public:
  explicit IgnoredSignal(int signal) : signal_(signal), old_(std::signal(signal, SIG_IGN)) {}
  ~IgnoredSignal() { std::signal(signal_, old_); }

 private:
  int signal_;
  void (*old_)(int);
};

}  // namespace

TEST_CASE("check_writable() foresees the error of writing and changes nothing") {
  const TempDir folder;
  const std::string path = folder.path() / "file";
  check_writable(path);
  CHECK(files_in(folder.path()) == 0);
  write_file(path, "old");
  check_writable(path);
  CHECK(read_bytes(path) == "old");
  CHECK(files_in(folder.path()) == 1);
  CHECK_THROWS_WITH_AS(check_writable(folder.path() / "no/file"), Contains("does not exist"), IoError);
}

TEST_CASE("read_bytes gives the bytes of a file of any size") {
  const TempDir folder;
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 4096, 100'000}) {
    std::string content(size, 'x');
    if (size > 1) content[1] = '\0';
    write_file(folder.path() / "f", content);
    CHECK(read_bytes(folder.path() / "f") == content);
  }
}

TEST_CASE("read_bytes reads a pipe to its end") {
  const TempDir folder;
  const std::string path = folder.path() / "pipe", content(200'000, 'x');
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path) << content; });
  const std::string found = read_bytes(path);
  writer.join();
  CHECK(found == content);
}

TEST_CASE("read_bytes says why a file cannot be read") {
  const TempDir folder;
  const std::filesystem::path path = folder.path();
  write_file(path / "file", "content");
  CHECK_THROWS_WITH_AS(read_bytes(path / "none"),
                       ("cannot read " + (path / "none").string() + ": No such file or directory").c_str(),
                       IoError);
  CHECK_THROWS_WITH_AS(read_bytes(path / "file" / "inside"), Contains("Not a directory"), IoError);
  CHECK_THROWS_WITH_AS(read_bytes(path), Contains("it is a folder, a file is expected"), IoError);
  CHECK_THROWS_WITH_AS(read_bytes("/dev/zero"), Contains("neither a file nor a pipe"), IoError);
  CHECK_THROWS_WITH_AS(read_bytes(""), Contains("No such file"), IoError);
}

TEST_CASE("read_bytes refuses a file without permission") {
  const TempDir folder;
  const std::string path = folder.path() / "secret";
  write_file(path, "content");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const int status = status_of_child([&] {
    try {
      read_bytes(path);
    } catch (const IoError& error) {
      if (std::string(error.what()).ends_with("Permission denied")) _exit(7);
    }
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("write_atomically creates and replaces, and leaves nothing else") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write(path, "first");
  CHECK(reel_test::read_file(path) == "first");
  const std::string_view pieces[] = {"sec", "", "ond"};
  write_atomically(path, pieces);
  CHECK(reel_test::read_file(path) == "second");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("write_atomically works in the current folder") {
  const TempDir folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write("f", "content");
  std::filesystem::current_path(before);
  CHECK(reel_test::read_file(folder.path() / "f") == "content");
}

TEST_CASE("write_atomically keeps the permissions of the old file") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "f";
  write_file(path, "old");
  constexpr auto kPerms = std::filesystem::perms{0640};
  std::filesystem::permissions(path, kPerms);
  write(path, "new");
  CHECK(std::filesystem::status(path).permissions() == kPerms);
}

TEST_CASE("write_atomically replaces the file that a link leads to") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "file", link = folder.path() / "link";
  write_file(file, "old");
  std::filesystem::create_symlink(file, link);
  write(link, "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(reel_test::read_file(file) == "new");
}

TEST_CASE("write_atomically does not replace what is no file") {
  const TempDir folder;
  const std::filesystem::path pipe = folder.path() / "pipe", inner = folder.path() / "inner";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::filesystem::create_directory(inner);
  CHECK_THROWS_WITH_AS(write(pipe, "x"), Contains("not a regular file"), IoError);
  CHECK_THROWS_WITH_AS(write(inner, "x"), Contains("it is a folder"), IoError);
  CHECK_THROWS_WITH_AS(write(folder.path() / "none" / "f", "x"), Contains("its folder does not exist"),
                       IoError);
  write_file(folder.path() / "file", "old");
  CHECK_THROWS_WITH_AS(write(folder.path() / "file" / "f", "x"), Contains("Not a directory"), IoError);
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(files_in(folder.path()) == 3);
}

TEST_CASE("write_atomically passes over what a killed process left") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  for (int i = 0; i < 1000; i++) write_file(fmt::format("{}.tmp-{}-{}", path, getpid(), i), "");
  write(path, "content");
  CHECK(reel_test::read_file(path) == "content");
}

TEST_CASE("write_atomically on a full disk keeps the old file and takes the new one away") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  {
    const IgnoredSignal ignored(SIGXFSZ);
    const FileSizeLimit limit(10'000);
    CHECK_THROWS_WITH_AS(write(path, std::string(20'000, 'x')),
                         Contains("File too large; what was there before is unchanged"), IoError);
  }
  CHECK(reel_test::read_file(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("write_atomically killed in the middle keeps the old file") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path, std::filesystem::perms::all);
  const int status = status_of_child([&] {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGXFSZ, SIG_DFL);
    const FileSizeLimit limit(10'000);
    const std::string half(8'000, 'x');
    const std::string_view pieces[] = {half, half};
    write_atomically(path, pieces);
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGXFSZ);
  CHECK(files_in(folder.path()) == 2);  // it had begun
  CHECK(reel_test::read_file(path) == "old");
}

TEST_CASE("remove_leftovers takes away what dead processes left of such files, and nothing else") {
  const TempDir folder;
  const auto path = [&](const std::string& name) { return folder.path() / name; };
  const pid_t dead = [] {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return child;
  }();
  const std::string removed[] = {fmt::format("a.net.tmp-{}-0", dead), fmt::format("b.net.tmp-{}-12", dead),
                                 fmt::format("a.net.tmp-{}-3", getpid())};
  const std::string kept[] = {"a.net",
                              "a.net.tmp-",
                              fmt::format("a.net.tmp-{}", dead),
                              fmt::format("a.net.tmp-{}-x", dead),
                              fmt::format("a.txt.tmp-{}-0", dead),
                              fmt::format("a.net.tmp-{}-0.old", dead),
                              fmt::format("a.net.tmp-{}-0", getppid())};
  for (const std::string& name : removed) write_file(path(name), "half");
  for (const std::string& name : kept) write_file(path(name), "whole");
  remove_leftovers(folder.path(), ".net");
  for (const std::string& name : removed) CHECK_FALSE(std::filesystem::exists(path(name)));
  for (const std::string& name : kept) CHECK(std::filesystem::exists(path(name)));
  remove_leftovers(path("none"), ".net");
}
