// The checksums by which a file is known to be what was written. Internal to the library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <zlib.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The checksum of gzip and PNG (ISO 3309, zlib's crc32) over what was added. It notices any one changed bit
/// and any change within 32 neighbouring bits, and misses one in 2^32 of all others: enough against a failing
/// disk or memory, not against a forger.
class Crc32 {
 public:
  static constexpr std::size_t kDigits = 8;

  void add(std::string_view bytes) {
    const auto* begin = reinterpret_cast<const Bytef*>(bytes.data());
    value_ = static_cast<std::uint32_t>(crc32_z(value_, begin, bytes.size()));
  }
  std::uint32_t value() const { return value_; }
  /// Eight hexadecimal digits, "cbf43926".
  std::string text() const { return fmt::format("{:08x}", value_); }

 private:
  std::uint32_t value_ = 0;
};

/// The CRC-32C of iSCSI (RFC 3720, section 12.1), with Castagnoli's polynomial, which zlib does not have.
inline std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); i++) {
      table[i] = i;
      for (int bit = 0; bit < 8; bit++) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0u);
    }
    return table;
  }();
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

}  // namespace reel::inline REEL_PRECISION
