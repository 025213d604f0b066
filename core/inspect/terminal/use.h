// Which numbers read a number. Internal to inspection.
#pragma once

#include <functional>
#include <optional>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// An element of an op's output that reads a number.
struct Use {
  std::size_t op;
  Index element;
  double slope;              ///< its derivative with respect to the number
  std::optional<double> dy;  ///< the gradient of the loss with respect to it; none where it gets none
  const Term* term;          ///< dy * slope as the op explains it; nullptr where differences told the slope

  double product() const { return dy.value_or(0) * slope; }
};

/// Gives what reads an element of a node, op by op, in the order of their gradients and then of the tape. An
/// op's terms of the element's gradient name its uses. Where there is none at `time`, as of an input, or no
/// explanation, the op's output is compared with the number moved up and down a little; then whatever reaches
/// the op on other ways counts as well. An element of a max or a batch norm may come more than once.
void for_each_use(const Trace& trace, std::size_t node, Index element, std::size_t time,
                  const std::function<void(const Use&)>& sink);

/// Why there is nothing to say of the gradient of a node at a time: "the gradient of x is not yet computed at
/// time 9: event 14 makes it", "x gets no gradient"; "" where there is one.
std::string why_no_gradient(const Trace& trace, std::size_t node, std::size_t time);

}  // namespace reel::inline REEL_PRECISION::inspect
