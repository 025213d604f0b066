// Reader of IDX files, the format of MNIST: plain or packed with gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// An array of bytes, row-major: images [N,H,W] or labels [N].
struct IdxArray {
  std::vector<Index> sizes;
  std::vector<std::uint8_t> bytes;
};

/// What a file should hold; the value is the number of its dimensions.
enum class IdxKind { kLabels = 1, kImages = 3 };

/// Reads a file of unsigned bytes. Whether it is gzip is told by its content, not by its name. An IoError
/// where it cannot be read; a FormatError where its magic number, header or length is not that of `kind`,
/// with what it is instead. Memory grows with the data that is there, never with what a header promises.
/// Format: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
IdxArray read_idx(const std::filesystem::path& path, IdxKind kind);
/// The sizes that its header promises, before anything is read that has them. Errors as above.
std::vector<Index> read_idx_sizes(const std::filesystem::path& path, IdxKind kind);

}  // namespace reel::inline REEL_PRECISION
