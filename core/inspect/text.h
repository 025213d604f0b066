// A tape as a table.
#pragma once

#include <string>

#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

/// One line for each node in execution order:
///   name          op         shape  inputs               where
///   input         input      [2,3]                       train.cpp:30
///   scale.weight  parameter  [3]                         train.cpp:31
///   scale.mul     mul        [2,3]  input, scale.weight  train.cpp:31
std::string text(const Tape& tape);

}  // namespace reel::inline REEL_PRECISION::inspect
