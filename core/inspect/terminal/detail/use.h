// Which numbers read a number. Internal to inspection.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// An element of an op's output that reads a number.
struct Use {
  std::size_t op;
  Index element;
  double slope;              ///< its derivative with respect to the number
  std::optional<double> dy;  ///< the gradient of the loss with respect to it; none where it gets none
  Index terms;               ///< of the op's explanation that make the slope; 0 where differences told it
  const Term* term;          ///< dy * slope as the op explains it, where it is one term; else nullptr

  double product() const { return dy.value_or(0) * slope; }
  /// The term's note, "sum of 2 terms", or "by differences".
  std::string note() const;
};

/// Gives what reads an element of a node, each element of an op's output once: op by op, in the order of
/// their gradients and then of the tape. An op's terms of the element's gradient name its uses. Where there
/// is none at `time`, as of an input, or no explanation, the op's output is compared with the number moved up
/// and down a little; then whatever reaches the op on other ways counts as well.
///
/// Returns the ops that read the node but did not move when they were compared: they may read other elements
/// of it, or the step was too small for Scalar.
std::vector<std::size_t> for_each_use(const Trace& trace, std::size_t node, Index element, std::size_t time,
                                      const std::function<void(const Use&)>& sink);

}  // namespace reel::inline REEL_PRECISION::inspect
