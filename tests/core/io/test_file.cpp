#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

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

// What fsync() and fchmod() do instead, where a test says so; see below.
std::function<int(int)> fsync_instead, fchmod_instead;

class Instead {
 public:
  Instead(std::function<int(int)>& place, std::function<int(int)> act) : place_(place) {
    place = std::move(act);
  }
  ~Instead() { place_ = nullptr; }

 private:
  std::function<int(int)>& place_;
};

int fails_with(int error) {
  errno = error;
  return -1;
}

}  // namespace

// The library's calls arrive here: a file system that cannot do it, and a kill in the middle of writing.
extern "C" int fsync(int file) {
  return fsync_instead ? fsync_instead(file) : static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fchmod(int file, mode_t mode) noexcept {
  return fchmod_instead ? fchmod_instead(file) : static_cast<int>(syscall(SYS_fchmod, file, mode));
}

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
    const FileSizeLimit limit(10'000);
    CHECK_THROWS_WITH_AS(write(path, std::string(20'000, 'x')),
                         Contains("File too large; what was there before is unchanged"), IoError);
  }
  CHECK(reel_test::read_file(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("check_writable() foresees a full disk") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  {
    const FileSizeLimit limit(0);
    CHECK_THROWS_WITH_AS(check_writable(path), Contains("File too large"), IoError);
  }
  const Instead full(fsync_instead, [](int) { return fails_with(ENOSPC); });  // where space is found late
  CHECK_THROWS_WITH_AS(check_writable(path), Contains("No space left on device"), IoError);
  CHECK_THROWS_WITH_AS(write(path, "x"), Contains("No space left on device"), IoError);
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("write_atomically beyond ulimit -f leaves the signal as it was") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const int status = status_of_child([&] {
    const FileSizeLimit limit(10'000);
    try {
      write(path, std::string(20'000, 'x'));
    } catch (const IoError&) {
      sigset_t blocked, pending;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      sigpending(&pending);
      if (sigismember(&blocked, SIGXFSZ) == 0 && sigismember(&pending, SIGXFSZ) == 0) _exit(7);
    }
  });
  REQUIRE(WIFEXITED(status));  // not killed by it
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("write_atomically killed in the middle keeps the old file") {
  const TempDir folder;
  const std::string path = folder.path() / "f.net";
  write_file(path, "old");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path, std::filesystem::perms::all);
  const int status = status_of_child([&] {
    const Instead kill(fsync_instead, [](int) { return raise(SIGKILL); });
    write(path, "new");
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(files_in(folder.path()) == 2);  // it had begun
  CHECK(reel_test::read_file(path) == "old");
  remove_leftovers(folder.path(), ".net");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("What cannot be flushed or given its permissions is written all the same") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  for (const int error : {EINVAL, ENOTSUP, ENOSYS, EROFS}) {
    const Instead no_flush(fsync_instead, [=](int) { return fails_with(error); });
    const Instead no_mode(fchmod_instead, [](int) { return fails_with(EPERM); });
    CHECK_NOTHROW(check_writable(path));
    CHECK_NOTHROW(write(path, "new"));
  }
  CHECK(reel_test::read_file(path) == "new");
  const Instead broken(fsync_instead, [](int) { return fails_with(EIO); });
  CHECK_THROWS_WITH_AS(write(path, "x"), Contains("Input/output error; what was there before"), IoError);
  CHECK(reel_test::read_file(path) == "new");
}

TEST_CASE("A secret file's replacement is as secret while it is written") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  mode_t mode = 0;
  const Instead keep(fchmod_instead, [](int) { return 0; });  // so that the mode is that of the first moment
  const Instead look(fsync_instead, [&](int file) {
    struct stat info {};
    if (fstat(file, &info) == 0 && S_ISREG(info.st_mode)) mode = info.st_mode & 0777;
    return 0;
  });
  write(path, "new");
  CHECK(mode == 0600);
}

TEST_CASE("In a folder where only its owner may replace a file, the check says so and nothing is lost" *
          doctest::skip(geteuid() != 0)) {  // only root can make another user's file
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  std::filesystem::permissions(path, std::filesystem::perms{0666});
  std::filesystem::permissions(folder.path(), std::filesystem::perms{01777});
  const int status = status_of_child([&] {
    try {
      check_writable(path);
    } catch (const IoError& error) {
      if (!std::string_view(error.what()).ends_with("Operation not permitted, so it cannot be replaced"))
        _exit(8);
      try {
        write(path, "new");
      } catch (const IoError& lost) {
        const std::string_view message = lost.what();
        const std::size_t begin = message.find(folder.path().string(), message.find("the new content is in"));
        if (begin == std::string_view::npos) _exit(9);
        if (reel_test::read_file(std::string(message.substr(begin))) == "new") _exit(7);
      }
    }
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(reel_test::read_file(path) == "old");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("A file that may not be written is not replaced, although its folder would let it be") {
  const TempDir folder;
  const std::string path = folder.path() / "f";
  write_file(path, "old");
  reel_test::give_to_child(folder.path());
  reel_test::give_to_child(path);
  std::filesystem::permissions(path, std::filesystem::perms{0444});
  const int status = status_of_child([&] {
    for (const std::function<void()>& act :
         {std::function([&] { check_writable(path); }), {[&] { write(path, "new"); }}}) {
      try {
        act();
        _exit(1);
      } catch (const IoError& error) {
        if (!std::string_view(error.what()).ends_with("Permission denied; give another path")) _exit(2);
      }
    }
  });
  CHECK(status == 0);
  CHECK(reel_test::read_file(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("Where a link leads is created where it is not there yet") {
  const TempDir folder;
  const std::filesystem::path path = folder.path();
  std::filesystem::create_directory(path / "other");
  std::filesystem::create_symlink("other/file", path / "first");  // from the link's own folder
  std::filesystem::create_symlink("first", path / "second");
  check_writable(path / "second");
  CHECK_FALSE(std::filesystem::exists(path / "other/file"));
  write(path / "second", "new");
  CHECK(reel_test::read_file(path / "other/file") == "new");
  CHECK(std::filesystem::is_symlink(path / "first"));
  CHECK(std::filesystem::is_symlink(path / "second"));
}

TEST_CASE("A link that leads to no place for a file is refused, and stays") {
  const TempDir folder;
  const std::filesystem::path path = folder.path();
  std::filesystem::create_symlink("none/file", path / "missing");
  std::filesystem::create_symlink("loop", path / "loop");
  std::filesystem::create_symlink("/dev/null", path / "device");
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::filesystem::create_symlink(fmt::format("/proc/self/fd/{}", ends[1]), path / "pipe");  // as /dev/stdout
  const std::pair<const char*, const char*> all[] = {{"missing", "its folder does not exist"},
                                                     {"loop", "Too many levels of symbolic links"},
                                                     {"device", "not a regular file"},
                                                     {"pipe", "not a regular file"}};
  for (const auto& [name, why] : all) {
    CHECK_THROWS_WITH_AS(check_writable(path / name), Contains(why), IoError);
    CHECK_THROWS_WITH_AS(write(path / name, "x"), Contains(why), IoError);
    CHECK(std::filesystem::is_symlink(path / name));
  }
  CHECK(files_in(path) == 4);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("A file that the program prints to is not replaced") {
  const TempDir folder;
  const std::string path = folder.path() / "log";
  write_file(path, "");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path, std::filesystem::perms{0666});
  const int status = status_of_child([&] {
    const int log = open(path.c_str(), O_WRONLY);
    dup2(log, STDOUT_FILENO);
    for (const std::string& name : {path, std::string("/dev/fd/1")}) {
      try {
        write(name, "x");
        _exit(8);
      } catch (const IoError& error) {
        if (std::string_view(error.what()).find("the program prints to this file") == std::string_view::npos)
          _exit(9);
      }
    }
    _exit(7);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("Paths that cannot be are refused with a reason") {
  const TempDir folder;
  CHECK_THROWS_WITH_AS(write("", "x"), Contains("the path is empty"), IoError);
  CHECK_THROWS_WITH_AS(write(folder.path() / std::string(256, 'x'), "x"), Contains("File name too long"),
                       IoError);
  CHECK_THROWS_WITH_AS(write((folder.path() / "none/").string(), "x"), Contains("its folder does not exist"),
                       IoError);
  CHECK_THROWS_WITH_AS(write(".", "x"), Contains("it is a folder"), IoError);
}

TEST_CASE("A name as long as a name can be is written") {
  const TempDir folder;
  const std::string path = folder.path() / std::string(255, 'x');
  check_writable(path);
  write(path, "content");
  check_writable(path);
  CHECK(reel_test::read_file(path) == "content");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("remove_leftovers takes away what nobody writes of such files, and nothing else") {
  const TempDir folder;
  const auto path = [&](const std::string& name) { return folder.path() / name; };
  const std::string removed[] = {"a.net.tmp-1-0", "b.net.tmp-99999-12",
                                 fmt::format("a.net.tmp-{}-3", getpid()),  // this number lived on
                                 fmt::format("a.net.tmp-{}-0", getppid())};
  const std::string kept[] = {"a.net",         "a.net.tmp-",        "a.net.tmp-1",    "a.net.tmp-1-x",
                              "a.txt.tmp-1-0", "a.net.tmp-1-0.old", "a.net.tmp-1-0-0"};
  for (const std::string& name : removed) write_file(path(name), "half");
  for (const std::string& name : kept) write_file(path(name), "whole");
  remove_leftovers(folder.path(), ".net");
  for (const std::string& name : removed) CHECK_FALSE(std::filesystem::exists(path(name)));
  for (const std::string& name : kept) CHECK(std::filesystem::exists(path(name)));
  remove_leftovers(path("none"), ".net");
}

TEST_CASE("remove_leftovers leaves what is being written, whatever process its name gives") {
  const TempDir folder;
  const std::string path = folder.path() / "a.net";
  bool stayed = false;
  const Instead meanwhile(fsync_instead, [&](int) {
    remove_leftovers(folder.path(), ".net");
    stayed = stayed || files_in(folder.path()) == 1;
    return 0;
  });
  write(path, "content");
  CHECK(stayed);
  CHECK(reel_test::read_file(path) == "content");
}
