#include <zlib.h>

uLong crc32_z(uLong crc, const Bytef* bytes, std::size_t count) {
  crc = ~crc;
  for (std::size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320ul : 0ul);
  }
  return ~crc;
}
