#include "child.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reel::apps {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Replaces this process, whose stdout goes to `to`; returns never.
[[noreturn]] void become(char* const* arguments, int to) {
  constexpr int kCannotRun = 127;  // as a shell says it
  if (dup2(to, STDOUT_FILENO) >= 0) execvp(arguments[0], arguments);
  _exit(kCannotRun);
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t size = read(from, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("read");
    if (size == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

std::string output_of(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(arguments.data(), ends[1]);
  close(ends[1]);
  std::string text = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("\"{}\" failed", fmt::join(command, " ")));
  }
  return text;
}

}  // namespace reel::apps
