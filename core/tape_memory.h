// What a tape holds in memory.
#pragma once

#include <string>

#include <reel/core/scalar.h>
#include <reel/core/text_formatter.h>

namespace reel::inline REEL_PRECISION {

/// The bytes of tensors that a tape holds, by purpose. A storage counts once, with its elements, however many
/// nodes share it, and for the first of them; so a reshape costs nothing. Not counted: what the pool adds to
/// a block (see MemoryStats), scratch memory within an op, and what only others hold, as an optimiser's
/// state.
struct TapeMemory {
  Index parameters = 0;           ///< values of parameters, shared with the model
  Index parameter_gradients = 0;  ///< gradients of parameters, after backward; shared with Parameter::grad
  Index inputs = 0;               ///< values of inputs and variables
  Index activations =
      0;  ///< values that ops computed; none where fusion passed one over, or one is read through a map
  Index saved = 0;      ///< what ops saved beyond these: OpFacts::saved; maps that are read through
  Index gradients = 0;  ///< gradients of variables and, with keep_grads, of what ops computed

  Index total() const { return parameters + parameter_gradients + inputs + activations + saved + gradients; }
  /// A line for each purpose and for the total, in MiB (1048576 bytes).
  std::string text() const;
};

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::TapeMemory> : reel::TextFormatter {};
