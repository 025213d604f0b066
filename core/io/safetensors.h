// Weights in safetensors files: https://github.com/huggingface/safetensors
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/io/state.h>

namespace reel::inline REEL_PRECISION {

/// What a safetensors file holds.
struct Safetensors {
  State state;                                  ///< tensors, and the integers of batch norm; no more
  std::map<std::string, std::string> metadata;  ///< the strings of "__metadata__"
  std::vector<std::string> with_nan;            ///< names of the tensors that have a NaN, for a warning
};

/// How the names of single integers end: batch norm's counters, the only integers that the files of networks
/// have.
inline constexpr std::string_view kCounterSuffix = "num_batches_tracked";

/// A key of the metadata for which write_safetensors() puts the CRC-32 of the whole file, its own digits
/// taken as zeros, in eight hexadecimal digits. A file that has it is refused where a bit of it has changed.
inline constexpr const char* kChecksumKey = "reel.checksum";

/// Reads tensors as Scalars, whatever real numbers they hold: F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I8 to
/// I64, U8 to U64 and BOOL, as PyTorch copies them. A single integer whose name ends in kCounterSuffix stays
/// one. The file must be whole and sound, every byte belonging to one tensor: otherwise a FormatError says
/// where it is not, or what the file is instead. A file that cannot be read, or not held in memory, is an
/// IoError.
Safetensors read_safetensors(const std::string& path);
/// The same from the bytes of such a file; `name` stands for the path in messages.
Safetensors parse_safetensors(std::string_view bytes, const std::string& name);

/// Writes tensors as F32 (F64 in reel_f64) and integers as I64 scalars, replacing the file at once (see
/// write_atomically). Equal arguments give equal bytes. What the format cannot hold, reals, texts, integers
/// whose names do not end in kCounterSuffix, and more than 100 MB of names and metadata, is a FormatError.
void write_safetensors(const std::string& path, const State& state,
                       const std::map<std::string, std::string>& metadata = {});
/// The bytes of such a file; `name` stands for the path in messages.
std::string safetensors_bytes(const std::string& name, const State& state,
                              const std::map<std::string, std::string>& metadata = {});

}  // namespace reel::inline REEL_PRECISION
