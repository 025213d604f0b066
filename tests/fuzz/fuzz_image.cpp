// Feeds arbitrary bytes to the readers of images, of a PNG file with its checksums made right: an image with as many
// samples as its size says, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <zlib.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/image_formats.h>

namespace {

std::uint32_t big_endian(const std::string& file, std::size_t at) {
  std::uint32_t n = 0;
  for (std::size_t i = at; i < at + 4; i++) n = n << 8 | static_cast<unsigned char>(file[i]);
  return n;
}

// Chunk after chunk: length, type, data, checksum of type and data.
void mend_checksums(std::string& file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = big_endian(file, at);
    if (length > file.size() - at - 12) return;
    const uLong checksum =
        crc32_z(0, reinterpret_cast<const Bytef*>(file.data() + at + 4), static_cast<z_size_t>(length + 4));
    for (std::size_t i = 0; i < 4; i++)
      file[at + 8 + length + i] = static_cast<char>(checksum >> (24 - 8 * i));
    at += length + 12;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(bytes), size);
  if (file.starts_with("\x89PNG")) mend_checksums(file);
  try {
    const reel::DecodedImage image = reel::decode_image(file, "fuzz");
    const reel::Index count = image.height * image.width * image.channels * (image.largest > 255 ? 2 : 1);
    if (count != std::ssize(image.samples)) std::abort();
  } catch (const reel::Error&) {  // a broken file is refused
  }
  return 0;
}
