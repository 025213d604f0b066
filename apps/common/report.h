// The page of a report: one HTML file that needs nothing else. What stands in it comes from chart.h, pictures.h,
// class_tables.h and their likes.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace reel::apps {

/// How much of a wide page a panel has.
enum class PanelWidth { kHalf, kWhole };

/// Collects panels, from top to bottom.
class ReportPage {
 public:
  explicit ReportPage(std::string title);

  /// What follows stands in a panel of its own.
  void panel(const std::string& heading, PanelWidth width = PanelWidth::kHalf);
  void paragraph(const std::string& text);
  /// Names and values.
  void facts(const std::vector<std::pair<std::string, std::string>>& facts);
  /// HTML as it is.
  void add(const std::string& html) { body_ += html; }

  /// Writes beside and renames. An IoError where that fails.
  void write(const std::string& path) const;

 private:
  std::string title_, body_;
};

}  // namespace reel::apps
