// What processes that train together must have alike. Internal to optim.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <reel/core/io/detail/checksum.h>
#include <reel/core/tensor.h>
#include <reel/datasets/loader.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION::detail {

/// From the start, by name, for Communicator::require_equal(): the program and what it runs on, the program's generator,
/// the network but for its weights, the training set and how it is loaded.
std::map<std::string, std::string> facts_of_training(const ModuleBase& net, const Loader& train);

/// Of what they send each other: which parameters are trainable, and the shapes.
Crc32 checksum_of_layout(const ModuleBase& net);

std::string_view bytes_of(const Tensor& tensor);

}  // namespace reel::inline REEL_PRECISION::detail
