// The weights of a module as a file that PyTorch reads.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/io/safetensors.h>
#include <reel/core/text_formatter.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Writes the parameters, buffers and counters into a safetensors file under the names of a PyTorch
/// state_dict, "conv1.weight". An earlier file of that path stays whole until the new one is. The file has no
/// checksum, which its format has no place for and other programs would not renew: a damaged number in it
/// goes unnoticed. Checkpoints have one. IoError.
void save(const ModuleBase& module, const std::string& path);

struct LoadOptions {
  bool strict = true;  ///< whether missing and unexpected names are an error
};

/// Names that load() left out.
struct LoadReport {
  std::vector<std::string> missing;     ///< of the module: as they were
  std::vector<std::string> unexpected;  ///< of the file: not used

  /// "missing: fc.weight, fc.bias; unexpected: none"
  std::string text() const;
};
/// As text() has it.
std::ostream& operator<<(std::ostream& os, const LoadReport& report);

/// Reads such a file into a module of the same names and shapes, as load_state_dict of PyTorch does: tensors
/// of any real dtype are converted, and the counters of batch norm, which old files lack, stay where they are
/// missing. Otherwise a FormatError lists at once what is missing, unexpected or of another shape, and the
/// module is as it was. Where it is not strict, missing and unexpected names are reported and left out;
/// another shape stays an error. NaNs are loaded, with a warning on stderr.
LoadReport load(ModuleBase& module, const std::string& path, LoadOptions options = {});
/// The same for a file that has been read; `path` stands in messages.
LoadReport load(ModuleBase& module, Safetensors file, const std::string& path, LoadOptions options = {});

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::LoadReport> : reel::TextFormatter {};
