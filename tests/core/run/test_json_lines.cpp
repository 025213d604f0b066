#include <reel/core/run/json_lines.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <reel/core/run/metrics_writer.h>

#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using reel::Error;
using reel::IoError;
using reel::JsonLines;
namespace fs = std::filesystem;

TEST_CASE("A resumed run keeps the lines of its steps and those of others") {
  const TempDir folder;
  const fs::path path = folder.path() / "log";
  write_file(path, "{\"step\":4}\nother\n[1]\n{\"step\":5}\n{\"kind\":\"end\"}\n{\"of\":\"others\"}\n{\"cut");
  JsonLines log{path.string(), {.after_step = 4}};
  log.write(5, {});
  CHECK(reel::read_bytes(path.string()) == "{\"step\":4}\n{\"of\":\"others\"}\n{\"step\":5}\n");
}

TEST_CASE("A file below /dev is a file like any other" * doctest::skip(!fs::is_directory("/dev/shm"))) {
  const TempDir folder("/dev/shm");
  const fs::path path = folder.path() / "log";
  write_file(path, "{\"step\":4}\n");
  const JsonLines log{path.string(), {.after_step = 4}};
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
    const auto go_on = [&] { JsonLines log(path.string(), {.after_step = 4}); };
    if (!contains(error_of<IoError>(go_on), "cannot read")) ::_exit(1);
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
    std::vector<std::string> warnings;
    const auto keep = [&](const std::string& warning) { warnings.push_back(warning); };
    JsonLines log{pipe, {.warn = keep}};
    log.write(1, {});
    ::close(reader);
    for (const int step : {2, 3}) log.write(step, {});
    const std::string why = fmt::format("cannot write {}: Broken pipe", pipe);
    if (log.failure() != why) ::_exit(2);
    if (warnings != std::vector{fmt::format("no more metrics: {}; the run goes on without", why)}) ::_exit(3);
  });
  CHECK(status == 0);
}

TEST_CASE("A log on a full disk ends with its last whole line and says why") {
  const TempDir folder;
  const std::string path = (folder.path() / "log").string();
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    const rlimit limit{16, 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    JsonLines log{path, {.warn = {}}};
    log.write(1, {});
    if (!log.failure().empty()) ::_exit(1);
    for (const int step : {2, 3}) log.write(step, {});
    if (log.failure() != fmt::format("cannot write {}: File too large", path)) ::_exit(2);
  });
  CHECK(status == 0);
  CHECK(reel::read_bytes(path) == "{\"step\":1}\n");
}

TEST_CASE("A log that cannot be opened is an error that names its path and why") {
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
    CHECK(error_of<IoError>([&] { JsonLines{log}; }) == fmt::format("cannot write {}: {}", log, why));
  }
}

TEST_CASE("A line has its step first, then the numbers in their order, null where one is not finite") {
  const TempDir folder;
  const std::string path = (folder.path() / "log").string();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  JsonLines log{path};
  log.write(1, {{"loss", 0.1}, {"accuracy", 1}, {"images", 64.0F}});
  log.write(2,
            {{"worst", kInfinity}, {"best", std::numeric_limits<double>::quiet_NaN()}, {"a\n\"b\xff", -0.0}});
  log.write_line("{\"of\":\"the program\"}");
  CHECK(reel::read_bytes(path) ==
        "{\"step\":1,\"loss\":0.1,\"accuracy\":1.0,\"images\":64.0}\n"
        "{\"step\":2,\"worst\":null,\"best\":null,\"a\\n\\\"b\xef\xbf\xbd\":-0.0}\n"
        "{\"of\":\"the program\"}\n");
}

TEST_CASE("A log starts its file anew where no steps are done") {
  const TempDir folder;
  const std::string path = (folder.path() / "log").string();
  write_file(path, "{\"step\":4}\n");
  JsonLines{path}.write(1, {});
  CHECK(reel::read_bytes(path) == "{\"step\":1}\n");
}

TEST_CASE("What cannot be a line of metrics is an error, and nothing of it is written") {
  const TempDir folder;
  const std::string path = (folder.path() / "log").string();
  JsonLines log{path};
  const auto error_of_writing = [&](std::int64_t step, const reel::Metrics& metrics) {
    return error_of<Error>([&] { log.write(step, metrics); });
  };
  CHECK(contains(error_of_writing(1, {{"", 1}}), "a metric has no name"));
  CHECK(contains(error_of_writing(1, {{"loss", 1}, {"step", 1}}), "a metric is called \"step\""));
  CHECK(contains(error_of_writing(1, {{"loss", 1}, {"loss", 2}}), "two metrics \"loss\" of step 1"));
  CHECK(contains(error_of_writing(-1, {}), "step is -1, it must be 0 or more"));
  CHECK(contains(error_of<Error>([&] { log.write_line("{\n}"); }), "line break"));
  CHECK(contains(error_of<Error>([&] { JsonLines(path, {.after_step = -1}); }),
                 "JsonLines (test_json_lines.cpp:"));
  CHECK(reel::read_bytes(path).empty());
}
