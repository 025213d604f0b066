// A network as a picture for a page.
#pragma once

#include <string>
#include <vector>

#include <reel/layers/detail/onnx_outline.h>

namespace reel::apps {

/// A <figure> of the graph as SVG, from the inputs down to the outputs: a box for each part of the network, or for
/// several that follow one another and keep the sizes, with the types of its operators, its layer and its weight's
/// sizes; on the arrows the sizes of the values. A long graph goes on in further columns, each a picture of its own.
std::string graph_picture(const std::vector<OnnxPart>& parts);

/// The picture of a network of inputs of these sizes, the first of which is the batch's, and what it shows in words;
/// where it cannot be exported, why.
std::string network_picture(Module& net, const Shape& input);

}  // namespace reel::apps
