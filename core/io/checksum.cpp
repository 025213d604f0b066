// zlib's CRC-32.
#include <reel/core/io/detail/checksum.h>

#include <fmt/format.h>
#include <zlib.h>

namespace reel::inline REEL_PRECISION {

void Crc32::add(std::string_view bytes) {
  const auto* begin = reinterpret_cast<const Bytef*>(bytes.data());
  value_ = static_cast<std::uint32_t>(crc32_z(value_, begin, bytes.size()));
}

std::string Crc32::text() const { return fmt::format("{:08x}", value_); }

}  // namespace reel::inline REEL_PRECISION
