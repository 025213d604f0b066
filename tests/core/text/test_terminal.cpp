#include <reel/core/text/detail/terminal.h>

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

using namespace reel;

namespace {

// A variable of the environment that gets its old value back.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    if (const char* set = std::getenv(name)) before_ = set;
    put(value);
  }
  ~Setting() { put(before_ ? before_->c_str() : nullptr); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  void put(const char* value) const { value ? setenv(name_, value, 1) : unsetenv(name_); }

  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("A terminal may be coloured where NO_COLOR is not set, or empty") {
  const int pseudo_terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(pseudo_terminal >= 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(fdopen(pseudo_terminal, "w"), std::fclose);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  const Setting no_colour("NO_COLOR", nullptr), term("TERM", nullptr);
  CHECK(is_terminal(terminal.get()));
  CHECK(may_colour(terminal.get()));
  CHECK_FALSE(is_terminal(file.get()));
  CHECK_FALSE(may_colour(file.get()));
  setenv("NO_COLOR", "", 1);
  CHECK(may_colour(terminal.get()));
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(may_colour(terminal.get()));
}

TEST_CASE("A dumb terminal is one, but has neither escapes nor colour") {
  const int pseudo_terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(pseudo_terminal >= 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(fdopen(pseudo_terminal, "w"), std::fclose);
  const Setting no_colour("NO_COLOR", nullptr), term("TERM", "xterm");
  CHECK(knows_escapes(terminal.get()));
  setenv("TERM", "dumb", 1);
  CHECK(is_terminal(terminal.get()));
  CHECK_FALSE(knows_escapes(terminal.get()));
  CHECK_FALSE(may_colour(terminal.get()));
}

TEST_CASE("The first locale that is set says whether characters beyond ASCII may be printed") {
  const Setting all("LC_ALL", nullptr), characters("LC_CTYPE", nullptr), language("LANG", nullptr);
  CHECK(may_print_utf8());
  setenv("LANG", "C", 1);
  CHECK_FALSE(may_print_utf8());
  setenv("LC_CTYPE", "C.UTF-8", 1);
  CHECK(may_print_utf8());
  setenv("LC_ALL", "POSIX", 1);
  CHECK_FALSE(may_print_utf8());
  setenv("LC_ALL", "de_DE.utf8", 1);
  CHECK(may_print_utf8());
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
