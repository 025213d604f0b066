// The line that moves while a program trains.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reel::apps {

/// On a terminal one line with bar, rate, loss and remaining time, rewritten a few times a second and
/// never longer than the terminal is wide; elsewhere, a terminal without escapes included, one plain line at
/// the end. Colour only on a terminal and without NO_COLOR, ASCII alone in a locale without UTF-8.
class Progress {
 public:
  /// `title` stands in front ("epoch 1/5"); `total` counts samples, of which `done` were done before.
  Progress(std::string title, std::int64_t total, std::int64_t done = 0);

  /// `count` samples more are done; `loss` and `accuracy` (0 to 1) are the latest means.
  void advance(std::int64_t count, double loss, double accuracy);
  /// Replaces the moving line by its last state and `summary`.
  void finish(const std::string& summary);

  double seconds() const;  ///< from the start to the latest advance()
  double rate() const;     ///< samples a second in that time

 private:
  void draw(double loss, double accuracy);

  std::string title_;
  std::int64_t total_, before_, done_;
  bool moving_;
  std::chrono::steady_clock::time_point start_, latest_, drawn_{};
};

}  // namespace reel::apps
