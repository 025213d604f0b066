// The weights that a program starts from.
#pragma once

#include <string>

#include <reel/reel.h>

namespace reel::apps {

/// Reads weights as load() does, and those of a checkpoint of Trainer: the averaged ones where it has them. A
/// file that does not fit the network is a FormatError.
void load_weights(Module& net, const std::string& path);

}  // namespace reel::apps
