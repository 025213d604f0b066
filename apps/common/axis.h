// The axes of charts.
#pragma once

#include <limits>
#include <vector>

namespace reel::apps {

/// Where values lie on the paper, by themselves or by their logarithm, from the smallest to the largest that
/// was included.
class Axis {
 public:
  /// From the place `from` to the place `to`, which may be the smaller one.
  Axis(bool logarithmic, double from, double to) : logarithmic_(logarithmic), from_(from), to_(to) {}

  /// Whether a value has a place: it is finite, and positive on a logarithmic axis.
  bool drawable(double value) const;
  void include(double value);
  double place(double value) const;
  /// Round values, from three to some ten of them; fewer where they would lie less than `least_step` apart,
  /// as on an axis that counts. None where nothing was included.
  std::vector<double> ticks(double least_step = 0) const;

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  double scaled(double value) const;
  double margin() const;  // room around values that are all the same
  double low() const { return low_ - margin(); }
  double high() const { return high_ + margin(); }

  bool logarithmic_;
  double from_, to_, low_ = kInfinity, high_ = -kInfinity;  // the last two scaled
};

}  // namespace reel::apps
