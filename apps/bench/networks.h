// The six small CNNs that the benchmark measures, the same as those of its peer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

struct Network {
  std::string name;
  Index channels, side;        ///< of its square input images
  std::vector<Index> batches;  ///< that the benchmark measures
  std::function<std::unique_ptr<Sequential>()> make;
};

/// Each gives logits [N,10].
const std::vector<Network>& networks();

}  // namespace reel::apps
