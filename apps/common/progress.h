// The line that moves while a program trains.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reel::apps {

/// On a terminal one line with bar, rate, loss and remaining time, rewritten a few times a second and
/// never longer than the terminal is wide; elsewhere one plain line at the end. Colour only on a terminal and
/// without NO_COLOR.
class Progress {
 public:
  /// `title` stands in front ("epoch 1/5"); `total` counts samples.
  Progress(std::string title, std::int64_t total);

  /// `count` samples more are done; `loss` is the latest mean.
  void advance(std::int64_t count, double loss);
  /// Replaces the moving line by its last state and `summary`.
  void finish(const std::string& summary);

  double seconds() const;  ///< from the start to the latest advance()
  double rate() const;     ///< samples a second in that time

 private:
  void draw(double loss);

  std::string title_;
  std::int64_t total_, done_ = 0;
  bool moving_;
  std::chrono::steady_clock::time_point start_, latest_, drawn_{};
};

}  // namespace reel::apps
