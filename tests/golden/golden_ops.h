// Runs an op by the name and with the options of a case of the golden files.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <reel/core/ops/ops.h>

#include "golden/golden.h"

namespace reel_test::inline REEL_PRECISION {

using GoldenOp = std::function<reel::Var(const GoldenCase&, const std::vector<reel::Var>& inputs)>;
using GoldenOps = std::map<std::string, GoldenOp>;
const GoldenOps& golden_ops();

/// The inputs of a case as variables of the tape.
std::vector<reel::Var> golden_inputs(reel::Tape& tape, const GoldenCase& golden);

}  // namespace reel_test::inline REEL_PRECISION
