// The bytes of a file one stretch after another, so that a reader checks what a file says of itself before it
// makes room for what follows. Internal: programs of users read by the functions of the formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/io/detail/descriptor.h>
#include <reel/core/scalar.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// Resizes a string or a vector for what is read of the file at `path`: no memory for it is an IoError.
template <class Bytes>
void make_room(Bytes& bytes, std::uint64_t size, const std::string& path) {
  try {
    bytes.resize(size);
  } catch (const std::exception&) {  // bad_alloc or length_error
    fail_to("read", path, fmt::format("there is no memory for {} bytes", size));
  }
}
/// Likewise a tensor; `what` it is stands in the message behind the path.
Tensor room_for(const Shape& shape, std::string_view what, const std::string& path);

class ByteReader {
 public:
  /// Of a file, or of a pipe, which is read to its end at once: only then is its size known. One that is
  /// missing, a folder, a device or unreadable is an IoError.
  explicit ByteReader(const std::string& path);
  /// Of `bytes`, which must outlive the reader; `name` stands for the path in messages.
  ByteReader(std::string_view bytes, std::string name);
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  const std::string& name() const { return name_; }
  /// The next bytes, `most` or as many as there are, which stay to be read.
  std::string peek(std::size_t most) const;
  /// How many bytes are still to come.
  std::uint64_t remaining() const { return remaining_; }
  /// Reads the next `count` bytes, at most remaining(). A file that has become shorter, a failure of the
  /// disk, or no memory for them is an IoError.
  void read_to(char* bytes, std::size_t count);
  std::string read(std::uint64_t count);

 private:
  void read_to_the_end();

  std::string name_;
  Descriptor file_;        // none where the bytes are in memory
  std::string content_;    // of a pipe
  std::string_view next_;  // in memory: what is to come
  std::uint64_t remaining_ = 0;
};

}  // namespace reel::inline REEL_PRECISION
