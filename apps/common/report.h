// A report of a training run: one HTML file that needs nothing else, with charts as inline SVG and pictures
// as PNG data.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/profile.h>
#include <reel/core/tensor.h>
#include <reel/datasets/metrics.h>
#include <reel/layers/module.h>

#include "common/chart.h"
#include "common/layer_ranges.h"

namespace reel::apps {

/// A picture with the text below it.
struct Picture {
  Tensor image;  ///< [1,H,W], grey, or [3,H,W], in [0, 1]
  std::string caption;
};

/// Collects sections from top to bottom; text is escaped.
class ReportPage {
 public:
  explicit ReportPage(std::string title);

  void heading(const std::string& text);
  void paragraph(const std::string& text);
  /// Rows of name and value.
  void table(const std::vector<std::pair<std::string, std::string>>& rows);
  /// See line_chart(). `log_y` for losses.
  void chart(const std::string& x_label, const std::string& y_label, const std::vector<Series>& series,
             bool log_y = false);
  /// A row for each true class, a column for each predicted one.
  void confusion(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names);
  void pictures(std::span<const Picture> pictures);
  /// A row for each entry of a profile, the slowest first: its time as a bar and in numbers.
  void profile(const Profile& profile);
  /// See network_picture().
  void network(Module& net, const Shape& input);
  /// A row of small charts for each layer.
  void ranges(const LayerRanges& ranges);

  /// Writes beside and renames. An IoError where that fails.
  void write(const std::string& path) const;

 private:
  std::string title_, body_;
};

}  // namespace reel::apps
