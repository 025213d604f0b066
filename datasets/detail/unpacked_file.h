// A file's bytes, unpacked where it is gzip. Internal to datasets.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// What helps against a damaged file. Removing comes first: another spelling beside it may be whole.
constexpr const char* kFetchAgain = "remove it and fetch it again";

/// Reads from begin to end. Whether the file is gzip is told by its content; several streams one after
/// another are one, and what follows them is left out, as by gunzip. The checksum of a stream counts: it is
/// read before the end is reported. An IoError where the file cannot be read, a FormatError where its gzip
/// stream is damaged.
class UnpackedFile {
 public:
  explicit UnpackedFile(const std::filesystem::path& path);
  ~UnpackedFile();
  UnpackedFile(const UnpackedFile&) = delete;
  UnpackedFile& operator=(const UnpackedFile&) = delete;

  const std::string& path() const { return file_.name(); }
  /// Fills `out` as far as there is data; the number of bytes written.
  std::size_t read(std::span<std::uint8_t> out);
  /// After a read that came to the end: whether that was in the middle of a gzip stream.
  bool cut_short() const { return cut_short_; }
  /// Throws a FormatError: the path and why. And for one that is damaged, what helps.
  [[noreturn]] void refuse(const std::string& why) const;
  [[noreturn]] void refuse_damaged(const std::string& why) const;

 private:
  bool refill();                                  // whether there was more
  std::size_t take(std::span<std::uint8_t> out);  // as they are
  std::size_t unpack(std::span<std::uint8_t> out);
  bool next_stream();
  bool at_gzip() const;

  ByteReader file_;
  std::vector<std::uint8_t> packed_;  // what was read of the file last
  z_stream stream_{};                 // its input lies in packed_, also where nothing is unpacked
  bool is_gzip_ = false, done_ = false, cut_short_ = false;
};

}  // namespace reel::inline REEL_PRECISION
