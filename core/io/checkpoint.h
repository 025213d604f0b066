// All of a training run in one file, so that resuming it gives the same bits as never having stopped.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <reel/core/io/safetensors.h>
#include <reel/core/io/state.h>

namespace reel::inline REEL_PRECISION {

/// One part of a checkpoint: {"optimizer", &adam}. Names consist of letters, digits, '_' and '-';
/// "generator" is taken.
struct CheckpointPart {
  std::string name;
  Stateful* object;
};

/// Writes the states of all parts, and of the program's random generator, into one safetensors file: tensors
/// as "part.name", numbers and texts in its metadata, and there a checksum of it all (see kChecksumKey). The
/// file is replaced at once (see write_atomically).
/// Names that are malformed or equal are an Error.
void save_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts);
/// The bytes of that file, for another process to load: as_checkpoint(parse_safetensors(bytes, name), name).
std::string checkpoint_bytes(const std::vector<CheckpointPart>& parts);

/// What a checkpoint holds, as a program reads it that has no part to load it into.
struct Checkpoint {
  std::string path;                    ///< for messages
  std::map<std::string, State> parts;  ///< by name; the generator is among them
};

/// Whether a safetensors file is a checkpoint, and no file of weights alone.
bool is_checkpoint(const Safetensors& file);
/// The checkpoint in a file that has been read from `path`. A file that is none, or is of another precision
/// or version, is a FormatError.
Checkpoint as_checkpoint(Safetensors file, const std::string& path);
/// Reads one; a file of which a single bit is not what was written is a FormatError, too.
Checkpoint read_checkpoint(const std::string& path);
/// Reads a checkpoint back as read_checkpoint() does, with its errors, and drops it: ask before an older one
/// is removed.
void verify_checkpoint(const std::string& path);

/// Gives parts built alike, under the same names, the states that save_checkpoint kept, in the order of
/// `parts`, and sets the generator. Tensors and numbers come back bit by bit. Where a state does not fit its
/// part, or the names differ, there is a FormatError, and then no part has changed; the first part that is
/// refused is named, so what explains the others comes first.
void load_checkpoint(const Checkpoint& checkpoint, const std::vector<CheckpointPart>& parts);
void load_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts);

}  // namespace reel::inline REEL_PRECISION
