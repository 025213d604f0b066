// A tape as a picture.
#pragma once

#include <string>

#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The graph of a tape in Graphviz' DOT language: a box for each node with its name, op and shape, an edge
/// from each input to the op that reads it, a frame around each module. `dot -Tsvg tape.dot > tape.svg` draws
/// it.
std::string dot(const Tape& tape);

}  // namespace reel::inline REEL_PRECISION::inspect
