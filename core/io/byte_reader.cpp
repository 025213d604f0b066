// Files and pipes in stretches; how much a file holds is asked before room is made for it.
#include <reel/core/io/detail/byte_reader.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// To open a pipe may take as long as to read it, and is interrupted alike.
int open_for_reading(const std::string& path) {
  for (;;) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0 || errno != EINTR) return file;
  }
}

// Up to `count` bytes; 0 at the end of the file.
std::size_t read_some(int file, char* bytes, std::size_t count, const std::string& path) {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // a single read() of more is not portable
  for (;;) {
    const ssize_t n = ::read(file, bytes, std::min(count, kMost));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) fail_to("read", path, system_message(errno));
  }
}

}  // namespace

Tensor room_for(const Shape& shape, std::string_view what, const std::string& path) {
  try {
    return Tensor::uninitialized(shape);
  } catch (const Error& error) {
    throw IoError(fmt::format("{}: {} {}: {}", path, what, shape, error.what()));
  }
}

ByteReader::ByteReader(const std::string& path) : name_(path), file_(open_for_reading(path)) {
  if (file_.get() < 0) fail_to("read", path, system_message(errno));
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) fail_to("read", path, system_message(errno));
  if (S_ISDIR(info.st_mode)) fail_to("read", path, "it is a folder, a file is expected");
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode))
    fail_to("read", path, "it is neither a file nor a pipe");
  remaining_ = static_cast<std::uint64_t>(info.st_size);
  if (remaining_ == 0) read_to_the_end();  // a pipe, or a file of /proc, whose size is not known before
}

ByteReader::ByteReader(std::string_view bytes, std::string name)
    : name_(std::move(name)), file_(-1), next_(bytes), remaining_(bytes.size()) {}

void ByteReader::read_to_the_end() {
  constexpr std::size_t kFirst = std::size_t{1} << 16;
  std::size_t filled = 0;
  for (;;) {
    if (filled == content_.size()) make_room(content_, std::max(kFirst, 2 * filled), name_);
    const std::size_t n = read_some(file_.get(), content_.data() + filled, content_.size() - filled, name_);
    if (n == 0) break;
    filled += n;
  }
  next_ = std::string_view(content_).substr(0, filled);
  remaining_ = filled;
}

std::string ByteReader::peek(std::size_t most) const {
  if (file_.get() < 0 || !next_.empty()) return std::string(next_.substr(0, most));
  std::string bytes(most, '\0');
  const ssize_t n = ::pread(file_.get(), bytes.data(), most, ::lseek(file_.get(), 0, SEEK_CUR));
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);  // what fails here fails in read_to(), too
  return bytes;
}

void ByteReader::read_to(char* bytes, std::size_t count) {
  if (next_.empty()) {  // in the file
    for (std::size_t filled = 0; filled < count;) {
      const std::size_t n = read_some(file_.get(), bytes + filled, count - filled, name_);
      if (n == 0) fail_to("read", name_, "it became shorter while it was read");
      filled += n;
    }
  } else {
    std::copy_n(next_.data(), count, bytes);
    next_.remove_prefix(count);
  }
  remaining_ -= count;
}

std::string ByteReader::read(std::uint64_t count) {
  std::string bytes;
  make_room(bytes, count, name_);
  read_to(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace reel::inline REEL_PRECISION
