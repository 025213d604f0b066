#include "child.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reel::apps {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Replaces this process, whose stdin is the file `from` and whose stdout goes to `to`; returns never.
[[noreturn]] void become(char* const* arguments, const char* from, int to) {
  constexpr int kCannotRun = 127;  // as a shell says it
  const int input = open(from, O_RDONLY);
  if (dup2(input, STDIN_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0) execvp(arguments[0], arguments);
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

// As a message says it: of an argument with several lines, which is a program, the first.
std::string text_of(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const std::string& word : command) words.push_back(word.substr(0, word.find('\n')));
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::string program_beside(const std::string& name) {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
  return std::filesystem::exists(path) ? path.string() : "";
}

std::string output_of(const std::vector<std::string>& command, const std::string& input) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(arguments.data(), input.c_str(), ends[1]);
  close(ends[1]);
  std::string text = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("\"{}\" failed", text_of(command)));
  }
  return text;
}

}  // namespace reel::apps
