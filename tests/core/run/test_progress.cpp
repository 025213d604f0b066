#include <reel/core/run/progress.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using reel::Progress;

namespace {

// What f(), in a child process, prints to `its`, the other end of which is `own`.
template <class F>
std::string printed_to(int own, int its, F f) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    ::close(own);
    ::dup2(its, STDOUT_FILENO);
    for (const char* name : {"COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"}) ::unsetenv(name);
    ::setenv("NO_COLOR", "1", 1);
    ::setenv("TERM", "xterm", 1);
    f();
    std::fflush(stdout);
    ::_exit(0);
  }
  ::close(its);
  std::string text;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(own, bytes, sizeof bytes)) > 0;)
    text.append(bytes, static_cast<std::size_t>(n));
  ::close(own);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return text;
}

template <class F>
std::string printed_to_pipe(F f) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  return printed_to(ends[0], ends[1], f);
}

template <class F>
std::string printed_to_terminal(unsigned short columns, F f) {
  const int own = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(own >= 0);
  REQUIRE((::grantpt(own) == 0 && ::unlockpt(own) == 0));
  const int its = ::open(::ptsname(own), O_RDWR | O_NOCTTY);
  REQUIRE(its >= 0);
  const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::ioctl(its, TIOCSWINSZ, &size) == 0);
  return printed_to(own, its, f);
}

const std::string kLineAnew = "\r\x1b[K";

}  // namespace

TEST_CASE("Elsewhere than on a terminal the progress is one line at the end") {
  const std::string text = printed_to_pipe([] {
    Progress progress("epoch 1/5", 100, {.done = 10, .unit = "images"});
    progress.advance(90, {"loss 0.5"});
    progress.finish("loss 0.25");
  });
  CHECK(text.starts_with("epoch 1/5  loss 0.25  "));
  CHECK(contains(text, " images/s  "));
  CHECK(text.ends_with(" s\n"));
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("On a terminal the progress moves: share, notes, rate and what is left") {
  const std::string text = printed_to_terminal(80, [] {
    Progress progress("epoch 1/5", 200, {.done = 50});
    progress.advance(50, {"loss 0.5", "accuracy 10%"});
    progress.finish("loss 0.25");
  });
  CHECK(text.starts_with(kLineAnew + "epoch 1/5 ━━"));
  CHECK(contains(text, " 50%  loss 0.5  accuracy 10%  "));
  CHECK(contains(text, " samples/s  0 s left" + kLineAnew + "epoch 1/5  loss 0.25  "));
  CHECK(text.ends_with(" s\r\n"));
}

TEST_CASE("The moving line is shorter than the terminal is wide; the last of it is left out first") {
  for (unsigned short columns = 1; columns <= 60; columns++) {
    const std::string text = printed_to_terminal(columns, [] {
      ::setenv("LC_ALL", "C", 1);  // each byte is a column
      Progress progress("epoch 1/5", 100);
      progress.advance(50, {"loss 0.5", "accuracy 10%"});
    });
    CAPTURE(columns);
    if (columns < 5) {
      CHECK(text.empty());
      continue;
    }
    REQUIRE(text.starts_with(kLineAnew));
    const std::string line = text.substr(kLineAnew.size(), text.size() - kLineAnew.size() - 2);
    CHECK(line.size() < columns);
    CHECK(contains(line, "50%"));
    CHECK(contains(line, "accuracy") <= contains(line, "loss 0.5"));
  }
}

TEST_CASE("The last line leaves out what a terminal has no room for; a log has it all") {
  const auto run = [] {
    Progress progress("epoch 1/5", 100, {.unit = "images"});
    progress.advance(100);
    progress.finish("loss 0.5454  accuracy 83.52%, test 95.51%");
  };
  CHECK(printed_to_terminal(53, run).ends_with(kLineAnew +
                                               "epoch 1/5  loss 0.5454  accuracy 83.52%, test 95.51%\r\n"));
  CHECK(contains(printed_to_terminal(100, run), " images/s  "));
  CHECK(contains(printed_to_pipe(run), " images/s  "));
}

TEST_CASE("Progress that an exception ends leaves the next message a line of its own") {
  const std::string text = printed_to_terminal(80, [] {
    try {
      Progress progress("epoch 1/5", 100);
      progress.advance(50);
      throw 1;
    } catch (int) {
    }
    std::printf("error\n");
  });
  CHECK(text.ends_with(" left\r\nerror\r\n"));
}
