#include <reel/core/io/terminal.h>

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>
#include <memory>
#include <string>

using namespace reel;

TEST_CASE("A terminal may be coloured where NO_COLOR is not set, or empty") {
  const int pseudo_terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(pseudo_terminal >= 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(fdopen(pseudo_terminal, "w"), std::fclose);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  const char* set = std::getenv("NO_COLOR");
  const std::string before = set ? set : "";
  unsetenv("NO_COLOR");
  CHECK(is_terminal(terminal.get()));
  CHECK(may_colour(terminal.get()));
  CHECK_FALSE(is_terminal(file.get()));
  CHECK_FALSE(may_colour(file.get()));
  setenv("NO_COLOR", "", 1);
  CHECK(may_colour(terminal.get()));
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(may_colour(terminal.get()));
  set ? setenv("NO_COLOR", before.c_str(), 1) : unsetenv("NO_COLOR");
}

TEST_CASE("COLUMNS says how wide the terminal is, where it is a number") {
  const char* set = std::getenv("COLUMNS");
  const std::string before = set ? set : "";
  unsetenv("COLUMNS");
  const int otherwise = terminal_columns();
  CHECK(otherwise > 0);
  setenv("COLUMNS", "37", 1);
  CHECK(terminal_columns() == 37);
  for (const char* nonsense : {"", "0", "-3", "wide", "37x", "99999999999999999999"}) {
    setenv("COLUMNS", nonsense, 1);
    CHECK(terminal_columns() == otherwise);
  }
  set ? setenv("COLUMNS", before.c_str(), 1) : unsetenv("COLUMNS");
}
