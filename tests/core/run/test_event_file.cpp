// What is in the records, read_events.py looks at: a reader of its own.
#include <reel/core/run/event_file.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>

#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using reel::EventFile;
using reel::IoError;
namespace fs = std::filesystem;

TEST_CASE(
    "Each event file is a new one, also within a second, in a folder that is made where it is missing") {
  const TempDir folder;
  const fs::path run = folder.path() / "runs" / "one";
  std::vector<std::string> paths;
  for (int i = 0; i < 3; i++) paths.push_back(EventFile(run.string()).path());
  for (const std::string& path : paths) {
    CHECK(fs::path(path).parent_path() == run);
    CHECK(fs::path(path).filename().string().starts_with("events.out.tfevents."));
    CHECK(std::ranges::count(paths, path) == 1);
    CHECK(std::string_view(reel::read_bytes(path)).substr(12 + 9, 15) ==
          "\x1a\x0d"
          "brain.Event:2");
  }
}

TEST_CASE("A folder for event files that cannot be made, or be written to, is an IoError") {
  const TempDir folder;
  write_file(folder.path() / "file", "");
  const std::string path = folder.path() / "file";
  CHECK(contains(error_of<IoError>([&] { EventFile log(path); }),
                 fmt::format("cannot make the folder {}: ", path)));
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto open = [&] { EventFile log(folder.path().string()); };
    if (!contains(error_of<IoError>(open), "Permission denied; give another path")) ::_exit(1);
    fs::permissions(folder.path(), fs::perms::owner_all);
  });
  CHECK(status == 0);
}

TEST_CASE("An event file on a full disk ends with its last whole record and says why") {
  const TempDir folder;
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    const rlimit limit{130, 130};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    EventFile log{folder.path().string(), {.warn = {}}};
    log.write(1, {{"loss", 1}});
    const auto size = fs::file_size(log.path());
    if (!log.failure().empty() || size <= 71) ::_exit(1);
    for (const int step : {2, 3}) log.write(step, {{"loss", step}});
    if (!contains(log.failure(), "File too large") || fs::file_size(log.path()) != size) ::_exit(2);
  });
  CHECK(status == 0);
}
