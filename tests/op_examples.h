// Small programs of one op each: at least one of every op in ops.h, several of those with options. One
// that needs no more has those of PyTorch's cases in golden/.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>
#include <reel/core/tape.h>

namespace reel_test::inline REEL_PRECISION {

struct OpExample {
  using Function = std::function<reel::Var(std::span<const reel::Var>)>;
  std::string name;  ///< "conv2d, padding": the op as ops.h calls it, and what is special
  Function f;
  std::vector<reel::Tensor> inputs;
};

std::vector<OpExample> op_examples();

/// Runs an example of variables on an empty tape. Where it gives more than one number, the loss is their mean
/// squared error against fixed random ones.
reel::inspect::Trace traced(const OpExample& example, reel::Tape& tape);

}  // namespace reel_test::inline REEL_PRECISION
