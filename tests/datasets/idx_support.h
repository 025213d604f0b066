// What the tests of IDX files share: contents, good and bad ones, and a look at messages.
#pragma once

#include <zlib.h>

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace reel_test {

/// Whether `text` has `part` in it; where it has not, the text is reported.
inline bool has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

/// The header: magic number of unsigned bytes, then the sizes, all big-endian.
inline std::string idx_header(const std::vector<std::uint32_t>& sizes) {
  std::string header{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const std::uint32_t n : sizes) {
    for (const int shift : {24, 16, 8, 0}) header.push_back(static_cast<char>(n >> shift & 0xff));
  }
  return header;
}

/// A whole file whose byte i is i % 251.
inline std::string idx_file(const std::vector<std::uint32_t>& sizes) {
  std::size_t count = 1;
  for (const std::uint32_t n : sizes) count *= n;
  std::string file = idx_header(sizes);
  for (std::size_t i = 0; i < count; i++) file.push_back(static_cast<char>(i % 251));
  return file;
}

inline std::string gzip(const std::string& data) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(data.size())) + 32, '\0');
  std::string input = data;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

}  // namespace reel_test
