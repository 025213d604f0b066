#include <reel/datasets/detail/download_command.h>

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "support.h"

using namespace reel;
using reel_test::TempDir;
namespace fs = std::filesystem;

TEST_CASE("The script that fetches data is named where it lies") {
  const TempDir prefix;
  const fs::path installed = prefix.path() / "my reel" / kInstalledDownloadScript;
  reel_test::write_file(installed, "");
  const std::string start = "cmake -D DATASET=mnist -D DIR=data -P ";
  CHECK(download_command("mnist", "data", {"/no/such/tree/download.cmake", installed}) ==
        start + "'" + installed.string() + "'");
  CHECK(
      download_command("mnist", "data", {"/no/such/tree/download.cmake"}) ==
      start +
          "PREFIX/share/reel/datasets/download.cmake, where PREFIX is the folder that Reel is installed in");
}

TEST_CASE("A script below the current folder is named relative to it") {
  const TempDir folder;
  const fs::path script = folder.path() / "datasets/download.cmake";
  reel_test::write_file(script, "");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  const std::string command = download_command("mnist", "data", {script});
  fs::current_path(before);
  CHECK(command == "cmake -D DATASET=mnist -D DIR=data -P datasets/download.cmake");
}

TEST_CASE("A library in its source tree knows the script that is there") {
  const fs::path script = download_script_places().front();
  CHECK(script.is_absolute());
  CHECK(reel_test::read_file(script).find("DATASET") != std::string::npos);
}
