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

/// How the names of I64 scalars end: batch norm's counters, the only integers that the files of networks
/// have.
inline constexpr std::string_view kCounterSuffix = "num_batches_tracked";

/// Reads F16, BF16, F32 and F64 tensors as Scalars, and I64 scalars whose names end in kCounterSuffix. The
/// file must be whole and sound, every byte belonging to one tensor: otherwise a FormatError says where it is
/// not. A file that cannot be read is an IoError.
Safetensors read_safetensors(const std::string& path);
/// The same from the bytes of such a file; `name` stands for the path in messages.
Safetensors parse_safetensors(std::string_view bytes, const std::string& name);

/// Writes tensors as F32 (F64 in reel_f64) and integers as I64 scalars, replacing the file at once (see
/// write_atomically). Equal arguments give equal bytes. What the format cannot hold, reals, texts and
/// integers whose names do not end in kCounterSuffix, is a FormatError.
void write_safetensors(const std::string& path, const State& state,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace reel::inline REEL_PRECISION
