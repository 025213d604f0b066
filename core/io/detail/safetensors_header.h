// The JSON header of a safetensors file. Internal to core/io.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/io/detail/element_type.h>
#include <reel/core/io/detail/format_check.h>
#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION {

/// The format's own limit.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
inline constexpr const char* kMetadataKey = "__metadata__";

/// A tensor of a file: bytes [begin, end) of the data that follows the header.
struct TensorEntry {
  std::string name;
  ElementType type;
  Shape shape;
  std::uint64_t begin, end;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
};

/// Reads the header of a file with `data_bytes` of data in time and memory linear in its length. As the
/// format demands, names are unique and every byte of the data belongs to exactly one tensor; members of a
/// tensor beyond dtype, shape and data_offsets are passed over, as the reference implementation does.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const FormatCheck& check);

}  // namespace reel::inline REEL_PRECISION
