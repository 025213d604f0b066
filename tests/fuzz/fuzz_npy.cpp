// Feeds arbitrary bytes to the npy reader: it reads them or throws an Error.
#include <cstddef>
#include <cstdint>

#include <reel/core/error.h>
#include <reel/core/io/npy.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    reel::parse_npy({reinterpret_cast<const char*>(bytes), size}, "fuzz");
  } catch (const reel::Error&) {  // a broken file is refused
  }
  return 0;
}
