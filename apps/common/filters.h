// The filters of a network's first layer, now and in the course of a training.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

/// The weight of a convolution, [filters, channels, h, w], by its path.
struct Filters {
  std::string name;
  Tensor weight;
};

/// Those of the first convolution larger than 1x1; none where it does not read grey or coloured images.
std::optional<Filters> first_filters(const Module& net);

/// What the weight of first_filters() was before the training, and after the epochs 1, 2, 4, 8 and so on: most
/// changes early, and of a long training there are few.
class FilterHistory : public Stateful {
 public:
  struct Moment {
    std::int64_t epoch;  ///< 0: before the first
    Tensor weight;
  };

  /// Keeps a copy where the epoch is one of those, and later than what was kept before.
  void add(std::int64_t epoch, const Module& net);
  const std::vector<Moment>& moments() const { return moments_; }

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  std::vector<Moment> moments_;
};

}  // namespace reel::apps
