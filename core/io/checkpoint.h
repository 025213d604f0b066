// All of a training run in one file, so that resuming it gives the same bits as never having stopped.
#pragma once

#include <string>
#include <vector>

#include <reel/core/io/state.h>

namespace reel::inline REEL_PRECISION {

/// One part of a checkpoint: {"optimizer", &adam}. Names consist of letters, digits, '_' and '-';
/// "generator" is taken.
struct CheckpointPart {
  std::string name;
  Stateful* object;
};

/// Writes the states of all parts, and of the program's random generator, into one safetensors file: tensors
/// as "part.name", numbers in its metadata. The file is replaced at once (see write_atomically). Names that
/// are malformed or equal are an Error.
void save_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts);

/// Gives parts built alike, under the same names, the states that save_checkpoint kept, and sets the
/// generator. Tensors and numbers come back bit by bit. A file that is no checkpoint, is of another precision
/// or version, or does not fit the parts is a FormatError, and then no part has changed.
void load_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts);

}  // namespace reel::inline REEL_PRECISION
