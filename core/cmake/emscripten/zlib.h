// What Reel uses of zlib, where there is none: in a browser, which unpacks files itself before Reel sees them.
#pragma once

#include <cstddef>

using Bytef = unsigned char;
using uInt = unsigned int;
using uLong = unsigned long;

struct z_stream {
  const Bytef* next_in;
  uInt avail_in;
  Bytef* next_out;
  uInt avail_out;
  const char* msg;
};

inline constexpr int Z_OK = 0, Z_STREAM_END = 1, Z_MEM_ERROR = -4, Z_BUF_ERROR = -5, Z_NO_FLUSH = 0;

/// ISO 3309.
uLong crc32_z(uLong crc, const Bytef* bytes, std::size_t count);
inline uLong crc32(uLong crc, const Bytef* bytes, uInt count) { return crc32_z(crc, bytes, count); }

/// Nothing is unpacked here.
inline int inflateInit2(z_stream*, int) { return Z_MEM_ERROR; }
inline int inflate(z_stream*, int) { return Z_MEM_ERROR; }
inline int inflateReset(z_stream*) { return Z_MEM_ERROR; }
inline int inflateEnd(z_stream*) { return Z_OK; }
