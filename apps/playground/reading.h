// What a network makes of one image, layer by layer.
#pragma once

#include <string>
#include <vector>

#include <reel/reel.h>

#include "playground/network.h"

namespace reel::playground {

/// A layer of the network, looking at the image.
struct LayerView {
  std::string part;  ///< "conv1"
  Index line;        ///< of the list of layers
  Tensor value;      ///< what it gives: [C,H,W] or [features]
  Tensor weight;     ///< of a convolution, [out,in,h,w]; undefined of others
};

struct Reading {
  Tensor probabilities;  ///< [classes]
  std::vector<LayerView> layers;
};

/// `image` is [C,H,W]. In eval mode: without dropout, and with a batch norm's running statistics.
Reading read(Network& network, const Tensor& image);

}  // namespace reel::playground
