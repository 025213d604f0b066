// Feeds arbitrary bytes, as they are or packed with gzip and then cut or damaged, to the IDX reader: an array
// whose sizes are those of its bytes, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <zlib.h>

#include <reel/core/error.h>
#include <reel/datasets/idx.h>

#include "memory_file.h"

namespace {

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int kSmallWindow = 9, kGzip = 16, kLittleMemory = 1;  // to be quick
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kSmallWindow + kGzip, kLittleMemory, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// The first two bytes say what becomes of the others.
std::string content(std::string_view input) {
  const auto how = static_cast<unsigned char>(input[0]), where = static_cast<unsigned char>(input[1]);
  const std::string_view rest = input.substr(2);
  if (how % 4 == 0) return std::string(rest);
  std::string packed = gzip(rest);
  if (how % 4 == 2) packed.resize(packed.size() * where / 256);
  if (how % 4 == 3) packed[where % packed.size()] ^= static_cast<char>(1 << how / 32);
  return packed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::string path = reel_fuzz::file("idx", content({reinterpret_cast<const char*>(bytes), size}));
  try {
    const reel::IdxArray array =
        reel::read_idx(path, bytes[1] & 1 ? reel::IdxKind::kLabels : reel::IdxKind::kImages);
    std::size_t count = 1;
    for (const reel::Index s : array.sizes) count *= static_cast<std::size_t>(s);
    if (count != array.bytes.size()) std::abort();
  } catch (const reel::Error&) {  // a broken file is refused
  }
  return 0;
}
