// The convolutions that `bench kernels` and its peers measure.
#pragma once

#include <string>
#include <vector>

#include "network_ops.h"

namespace reel::apps {

/// Every distinct one of the six networks, behind a headline convolution.
std::vector<OpCall> convolution_layers();

/// "resnet20 3x3 16->32 s2 32x32 b128": the network is the first that has it.
std::string convolution_text(const OpCall& call);

Index groups_of(const OpCall& call);
/// Of the rows above and the columns on the left.
Size2 padding_of(const OpCall& call);

}  // namespace reel::apps
