#include <reel/core/run/detail/folder_lock.h>

#include <csignal>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reel/core/error.h>

#include "compare_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
using reel::FolderLock;

TEST_CASE("A second lock on a folder names the process that has the first, which leaves nothing behind") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / ".lock";
  {
    const FolderLock lock(folder.path());
    const std::string message = error_of<Error>([&] { FolderLock second(folder.path()); });
    CHECK(contains(message,
                   folder.path().string() + " is in use by process " + std::to_string(getpid()) + " on "));
    CHECK(contains(message, ", since 20"));
    CHECK(std::filesystem::exists(file));
  }
  CHECK_FALSE(std::filesystem::exists(file));
  const FolderLock again(folder.path());
}

TEST_CASE("The lock of a process that was killed is free, although its file is there") {
  const TempDir folder;
  const pid_t child = fork();
  if (child == 0) {
    const FolderLock lock(folder.path());
    std::raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(std::filesystem::exists(folder.path() / ".lock"));
  const FolderLock lock(folder.path());
}

TEST_CASE("A folder in which no file can be made is an error, and a link for a lock is not followed") {
  const TempDir folder;
  CHECK(contains(error_of<IoError>([&] { FolderLock lock(folder.path() / "absent"); }), "cannot write "));
  std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / ".lock");
  CHECK(contains(error_of<IoError>([&] { FolderLock lock(folder.path()); }), "cannot write "));
}
