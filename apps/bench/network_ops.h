// The ops that the networks run, taken from their own recordings.
#pragma once

#include "networks.h"

namespace reel::apps {

/// An op with its shapes, as the tape of a training step has it.
struct OpCall {
  std::string network;  ///< the first that runs it
  std::string op;       ///< "conv2d"
  Shape x, weight, y;   ///< first and second input and the result; weight is [] where there is one input
  Window window;        ///< of a convolution or pooling
  bool has_bias;        ///< a third input
  bool reads_images;    ///< x is the network's input, whose gradient nobody asks for

  friend bool same_work(const OpCall& a, const OpCall& b) {
    return a.op == b.op && a.x == b.x && a.weight == b.weight && a.y == b.y &&
           a.window.stride == b.window.stride && a.has_bias == b.has_bias && a.reads_images == b.reads_images;
  }
};

/// Every distinct one of the six networks at their largest batch, in the order in which they run.
std::vector<OpCall> network_ops();

}  // namespace reel::apps
