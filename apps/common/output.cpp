#include "common/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace reel::apps {
namespace {

int first_output_error = 0;  // an errno, of standard output

// The stream keeps the flag, errno does not keep the reason.
void note_output_error() {
  if (std::ferror(stdout) && first_output_error == 0) first_output_error = errno != 0 ? errno : EIO;
}

}  // namespace

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      ::open("/dev/null", O_RDWR);  // gets the lowest free number
  }
}

void write_text(std::FILE* stream, const std::string& text) {
  errno = 0;
  std::fwrite(text.data(), 1, text.size(), stream);
  if (stream == stdout) note_output_error();
}

std::string output_failure() {
  errno = 0;
  std::fflush(stdout);
  note_output_error();
  return first_output_error == 0 ? "" : std::generic_category().message(first_output_error);
}

}  // namespace reel::apps
