#include <reel/core/run/csv_log.h>

#include <filesystem>
#include <limits>
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
using reel::CsvLog;
using reel::Error;
using reel::FormatError;
using reel::read_bytes;

namespace {

std::string csv_in(const TempDir& folder) { return (folder.path() / "metrics.csv").string(); }

}  // namespace

TEST_CASE("A table has a line of names and one of numbers for each step") {
  const TempDir folder;
  const std::string path = csv_in(folder);
  CsvLog log{path};
  CHECK(read_bytes(path).empty());
  log.write(1, {{"loss", 0.1}, {"accuracy", 1}});
  CHECK(read_bytes(path) == "step,loss,accuracy\n1,0.1,1\n");
  log.write(2, {{"accuracy", 1.0 / 3}});
  log.write(3, {{"accuracy", -std::numeric_limits<double>::infinity()},
                {"loss", -std::numeric_limits<double>::quiet_NaN()}});
  log.write(4, {});
  CHECK(read_bytes(path) == "step,loss,accuracy\n1,0.1,1\n2,,0.3333333333333333\n3,nan,-inf\n4,,\n");
}

TEST_CASE("A name that comes later is an error that says the columns, and the table goes on") {
  const TempDir folder;
  const std::string path = csv_in(folder);
  CsvLog log{path};
  log.write(1, {{"loss", 1}});
  const std::string message = error_of<Error>([&] { log.write(2, {{"loss", 2}, {"lr", 3}}); });
  CHECK(contains(message, "CsvLog (test_csv_log.cpp:"));
  CHECK(contains(message,
                 fmt::format("\"lr\" is no column of {}, whose first line has step, loss; give all names at "
                             "the first step, or write this one to a file of its own",
                             path)));
  log.write(3, {{"loss", 3}});
  CHECK(read_bytes(path) == "step,loss\n1,1\n3,3\n");
}

TEST_CASE("Names with commas, quotes and line breaks are quoted, and read back by a run that goes on") {
  const TempDir folder;
  const std::string path = csv_in(folder), head = "step,\"a,b\",\"say \"\"c\"\"\",\"d\ne\"\n";
  const reel::Metrics metrics{{"a,b", 1}, {"say \"c\"", 2}, {"d\ne", 3}};
  CsvLog{path}.write(1, metrics);
  CHECK(read_bytes(path) == head + "1,1,2,3\n");
  CsvLog{path, {.after_step = 1}}.write(2, metrics);
  CHECK(read_bytes(path) == head + "1,1,2,3\n2,1,2,3\n");
}

TEST_CASE("A table that is gone on with keeps the lines of the steps that are done, and its columns") {
  const TempDir folder;
  const std::string path = csv_in(folder);
  write_file(path, "step,loss,lr\n1,1,1\n2,2,2\r\n3,3,3\n10,4,4\n2,cut");
  CsvLog log{path, {.after_step = 2}};
  CHECK(read_bytes(path) == "step,loss,lr\n1,1,1\n2,2,2\r\n");
  log.write(3, {{"lr", 5}});
  CHECK(contains(error_of<Error>([&] { log.write(4, {{"accuracy", 1}}); }), "has step, loss, lr"));
  CHECK(read_bytes(path) == "step,loss,lr\n1,1,1\n2,2,2\r\n3,,5\n");
}

TEST_CASE("What is no table of steps is not gone on with, and stays; an empty file is") {
  const TempDir folder;
  const std::string path = csv_in(folder);
  for (const char* other : {"name,loss\nof others,1\n", "a letter", "stop", "steps", "\"step,loss\n"}) {
    write_file(path, other);
    CHECK(
        contains(error_of<FormatError>([&] { CsvLog log(path, {.after_step = 2}); }), "no column \"step\""));
    CHECK(read_bytes(path) == other);
  }
  write_file(path, "");
  CsvLog{path, {.after_step = 2}}.write(3, {{"loss", 1}});
  CHECK(read_bytes(path) == "step,loss\n3,1\n");
}

TEST_CASE("A table whose line of names is cut is started anew by a run that goes on") {
  const TempDir folder;
  const std::string path = csv_in(folder), whole = "step,\"a,b\",c\n";
  for (std::size_t size = 1; size < whole.size(); size++) {
    write_file(path, whole.substr(0, size));
    CsvLog log{path, {.after_step = 2}};
    CHECK(read_bytes(path).empty());
    log.write(3, {{"loss", 1}});
    CHECK(read_bytes(path) == "step,loss\n3,1\n");
  }
  const std::string with_rows = "step,\"open\n1,2\n2,3\n";
  write_file(path, with_rows);
  CHECK_THROWS_WITH_AS((CsvLog{path, {.after_step = 2}}), doctest::Contains("no column \"step\""),
                       FormatError);
  CHECK(read_bytes(path) == with_rows);
}

TEST_CASE("A table on a full disk ends with its last whole line and says why") {
  const TempDir folder;
  const std::string path = csv_in(folder);
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    const rlimit limit{16, 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    CsvLog log{path, {.warn = {}}};
    for (const int step : {1, 2, 3}) log.write(step, {{"loss", step}});
    if (log.failure() != fmt::format("cannot write {}: File too large", path)) ::_exit(2);
  });
  CHECK(status == 0);
  CHECK(read_bytes(path) == "step,loss\n1,1\n");
}
