// The line that moves while a program trains.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

struct ProgressOptions {
  Index done = 0;                ///< of the total, before the start: of an epoch that is gone on with
  std::string unit = "samples";  ///< what is counted: "images", "batches"
};

/// How far an epoch is, on standard output:
///   Progress progress{"epoch 1/5", digits.size(), {.unit = "images"}};
///   for (...) progress.advance(64, {fmt::format("loss {:.4f}", loss)});
///   progress.finish("loss 0.1254  accuracy 96.02%");
/// On a terminal one line with bar, notes, rate and remaining time, rewritten a few times a second and never
/// longer than the terminal is wide; elsewhere, a terminal without escapes included, one plain line at the end.
/// Colour only on a terminal and without NO_COLOR, ASCII alone in a locale without UTF-8. That nothing can be
/// printed, as on a full disk, is no error: ferror(stdout) tells. One that ends without finish(), by an
/// exception or a `break`, leaves the moving line as it is, and what is printed next starts below it.
class Progress {
 public:
  /// `title` stands in front; `total` is what advance() counts up to.
  Progress(std::string title, std::int64_t total, ProgressOptions options = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `count` more are done. `notes` are the latest numbers in words, the most important first: where the line is
  /// too short the last ones are left out.
  void advance(std::int64_t count, const std::vector<std::string>& notes = {});
  /// Replaces the moving line by "TITLE  SUMMARY  1234 samples/s  5.6 s"; on a terminal without what would not fit
  /// behind the summary.
  void finish(const std::string& summary);

  double seconds() const;  ///< from the start to the latest advance()
  double rate() const;     ///< so many a second in that time

 private:
  void draw(std::vector<std::string> notes);

  std::string title_, unit_;
  std::int64_t total_, before_, done_;
  bool moving_;             // lines are rewritten
  bool line_open_ = false;  // what was printed last ends in no line break
  std::chrono::steady_clock::time_point start_, latest_, drawn_{};
};

}  // namespace reel::inline REEL_PRECISION
