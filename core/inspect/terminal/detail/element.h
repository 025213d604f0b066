// What a user calls a tensor of a trace, a part of it, or one number: "dz", "#3[0,:,1:3]", "dw[0,1,0,1]".
// Internal to inspection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/core/inspect/detail/json.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The value of a node, or its gradient.
struct TensorRef {
  std::size_t node;
  bool gradient = false;
  friend bool operator==(const TensorRef&, const TensorRef&) = default;
};

/// One number of it, by its place in row-major order.
struct ElementRef : TensorRef {
  Index element = 0;
};

/// Along one dimension, the indices from `begin` to before `end`.
struct IndexRange {
  Index begin, end;
  bool dropped = false;  ///< given as a number, so that the dimension falls away
};

/// A part of it.
struct SliceRef : TensorRef {
  std::vector<IndexRange> ranges;  ///< for each dimension
  std::string text;                ///< as it was asked for: "[0,:,1:3]"; "" for the whole
};

/// A node's name or "#" and position is its value; with a "d" or "grad " before it its gradient, but for a
/// node whose very name begins with that d. An unknown name is an Error that suggests the nearest, one of
/// several nodes an Error that lists them.
TensorRef parse_tensor(const Trace& trace, std::string_view text);
/// Wants an index along each dimension; a negative one counts from the end. A tensor of one number needs
/// none. A wrong count and one that is out of range are ShapeErrors.
ElementRef parse_element(const Trace& trace, std::string_view text);
/// Takes slices "a:b", ":b", "a:", ":" as well, cut to the dimension as in PyTorch, and fewer than there are
/// dimensions.
SliceRef parse_slice(const Trace& trace, std::string_view text);

/// "dw" and "dw[0,1,0,1]".
std::string text_of(const Trace& trace, TensorRef tensor);
std::string text_of(const Trace& trace, const ElementRef& element);
/// {"tensor": "dw", "index": [0, 1, 0, 1]}
Json json_of(const Trace& trace, const ElementRef& element);

}  // namespace reel::inline REEL_PRECISION::inspect
