// Numbers as the bytes of a file. Internal to the library.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The bytes of a number, the lowest first, on any machine.
template <std::unsigned_integral Number>
std::string little_endian(Number number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof number; i++) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

}  // namespace reel::inline REEL_PRECISION
