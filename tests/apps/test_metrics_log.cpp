#include "common/metrics_log.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <nlohmann/json.hpp>

#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using reel::IoError;
using reel::apps::MetricsLog;
namespace fs = std::filesystem;

TEST_CASE("A resumed run keeps the lines of its steps and those of others") {
  const TempDir folder;
  const fs::path path = folder.path() / "log";
  write_file(path, "{\"step\":4}\nother\n[1]\n{\"step\":5}\n{\"kind\":\"end\"}\n{\"of\":\"others\"}\n{\"cut");
  MetricsLog log;
  log.open(path.string(), 4);
  log.write({{"step", 5}});
  CHECK(reel::read_bytes(path.string()) == "{\"step\":4}\n{\"of\":\"others\"}\n{\"step\":5}\n");
}

TEST_CASE("A file below /dev is a file like any other" * doctest::skip(!fs::is_directory("/dev/shm"))) {
  const TempDir folder("/dev/shm");
  const fs::path path = folder.path() / "log";
  write_file(path, "{\"step\":4}\n");
  MetricsLog log;
  log.open(path.string(), 4);
  CHECK(reel::read_bytes(path.string()) == "{\"step\":4}\n");
}

TEST_CASE("A log that cannot be read is not emptied by a resumed run") {
  const TempDir folder;
  const fs::path path = folder.path() / "log";
  write_file(path, "{\"step\":4}\n");
  give_to_child(folder.path());
  give_to_child(path);
  REQUIRE(::chmod(path.c_str(), 0200) == 0);
  const int status = status_of_child([&] {
    MetricsLog log;
    if (error_of<IoError>([&] { log.open(path.string(), 4); }).find("cannot read") == std::string::npos)
      ::_exit(1);
  });
  CHECK(status == 0);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  CHECK(reel::read_bytes(path.string()) == "{\"step\":4}\n");
}

TEST_CASE("A reader of the log that leaves costs the log and not the training") {
  const TempDir folder;
  const std::string pipe = (folder.path() / "pipe").string();
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    if (::mkfifo(pipe.c_str(), 0600) != 0) ::_exit(1);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    MetricsLog log;
    log.open(pipe);
    log.write({{"step", 1}});
    ::close(reader);
    for (const int step : {2, 3}) log.write({{"step", step}});
    if (log.failure() != "cannot write " + pipe + ": Broken pipe") ::_exit(2);
  });
  CHECK(status == 0);
}

TEST_CASE("A log on a full disk ends with its last whole line and says why") {
  const TempDir folder;
  const std::string path = (folder.path() / "log").string();
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{16, 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    MetricsLog log;
    log.open(path);
    log.write({{"step", 1}});
    if (!log.failure().empty()) ::_exit(1);
    for (const int step : {2, 3}) log.write({{"step", step}});
    if (log.failure() != "cannot write " + path + ": File too large") ::_exit(2);
  });
  CHECK(status == 0);
  CHECK(reel::read_bytes(path) == "{\"step\":1}\n");
}

TEST_CASE("A log that cannot be opened is an error that names its flag, its path and why") {
  const TempDir folder;
  const fs::path path = folder.path();
  write_file(path / "file", "");
  fs::create_symlink("loop", path / "loop");
  const std::pair<const char*, const char*> all[] = {
      {"none/log", "its folder does not exist; create it first"},
      {".", "it is a folder, a file name is expected"},
      {"file/log", "Not a directory; give another path"},
      {"loop", "Too many levels of symbolic links; give another path"}};
  for (const auto& [name, why] : all) {
    const std::string log = path / name;
    CHECK(error_of<IoError>([&] { MetricsLog().open(log); }) ==
          "--metrics: cannot write " + log + ": " + why);
  }
}
