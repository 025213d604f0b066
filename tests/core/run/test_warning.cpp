#include <reel/core/run/warning.h>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "support.h"

using namespace reel_test;

TEST_CASE("A warning is one line on standard error, whatever is in the names in it") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "stderr";
  write_file(path, "");
  give_to_child(folder.path());
  give_to_child(path);
  const int status = status_of_child([&] {
    ::dup2(::open(path.c_str(), O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    reel::print_warning("no checkpoint: cannot write a\nb\x1b[2J: why");
  });
  CHECK(status == 0);
  CHECK(read_file(path) == "warning: no checkpoint: cannot write a\\nb\\x1b[2J: why\n");
}
