// The weights of a module as a file that PyTorch reads.
#pragma once

#include <string>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Writes the parameters, buffers and counters into a safetensors file under the names of a PyTorch
/// state_dict, "conv1.weight". An earlier file of that path stays whole until the new one is. IoError.
void save(const Module& module, const std::string& path);

/// Reads such a file into a module of the same names and shapes. Otherwise a FormatError lists at once what
/// is missing, unexpected or of another shape, and the module is as it was. NaNs are loaded, with a warning
/// on stderr.
void load(Module& module, const std::string& path);

}  // namespace reel::inline REEL_PRECISION
