#include "common/metrics_log.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
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
  });
  CHECK(status == 0);
}
