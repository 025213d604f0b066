// Which boxes a picture of a network has, and where each stands beside the others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <reel/layers/detail/onnx_outline.h>

namespace reel::apps {

/// Parts of a network in one box, each but the first made of the one before it alone: as a convolution, its norm and
/// its activation. Rows count from the top; lanes from the longest way through the network, lane 0, outward.
struct GraphBox {
  std::vector<std::size_t> parts;
  std::size_t row = 0, lane = 0;
};

/// From one box to another, in later rows; between them it runs in a lane that no box of the rows between has.
struct GraphEdge {
  std::size_t from, to, lane;
};

/// Around the boxes of a part of the network, which are several and have its rows to themselves.
struct GraphFrame {
  std::string block;  ///< the outermost module that is no mere list: "blocks.0" of "blocks.0.body.0.conv"
  std::size_t first, last;  ///< rows
};

struct GraphLayout {
  std::vector<GraphBox> boxes;  ///< in the order of the parts
  std::vector<GraphEdge> edges;
  std::vector<GraphFrame> frames;
  std::size_t rows = 0, lanes = 1;
};

/// Inputs stand in the first row, outputs in the last. A branch that begins and ends within another runs further in
/// than that one, so that the two do not cross.
GraphLayout graph_layout(const std::vector<OnnxPart>& parts);

}  // namespace reel::apps
