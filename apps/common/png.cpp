#include "common/png.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <reel/core/text/detail/base64.h>

namespace reel::apps {
namespace {

std::string big_endian(std::uint32_t n) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift);
  return bytes;
}

// PNG specification (W3C), section 5.3: length, type, data, checksum of type and data.
std::string chunk(std::string_view type, std::string_view data) {
  const std::string content = std::string(type) + std::string(data);
  const uLong checksum =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + content +
         big_endian(static_cast<std::uint32_t>(checksum));
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
            static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION);
  packed.resize(size);
  return packed;
}

// Rows of pixels, each after a byte that says that it is not filtered.
std::string scan_lines(const Tensor& image) {
  std::string bytes;
  for (Index y = 0; y < image.size(1); y++) {
    bytes += '\0';
    for (Index x = 0; x < image.size(2); x++) {
      for (Index c = 0; c < image.size(0); c++) {
        const Scalar value = std::clamp<Scalar>(image.at(c, y, x), 0, 1);
        bytes += static_cast<char>(static_cast<unsigned char>(std::lround(value * 255)));
      }
    }
  }
  return bytes;
}

}  // namespace

std::string png_data_url(const Tensor& image) {
  const auto size = [&](Index d) { return big_endian(static_cast<std::uint32_t>(image.size(d))); };
  const char colour = image.size(0) == 3 ? 2 : 0;  // red, green, blue, or grey
  const std::string header = size(2) + size(1) + std::string{8, colour, 0, 0, 0};
  return "data:image/png;base64," + base64("\x89PNG\r\n\x1a\n" + chunk("IHDR", header) +
                                           chunk("IDAT", deflated(scan_lines(image))) + chunk("IEND", ""));
}

}  // namespace reel::apps
