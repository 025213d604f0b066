#include <reel/core/inspect/terminal/table.h>

#include <algorithm>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::string joined(const Block& lines, std::size_t indent) {
  std::string result;
  for (const std::string& line : lines) {
    const std::string whole = std::string(indent, ' ') + line;
    result += whole.substr(0, whole.find_last_not_of(' ') + 1) + '\n';
  }
  return result;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string right_aligned(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ').append(text);
}

std::string left_aligned(std::string_view text, std::size_t width) {
  return std::string(text).append(width - std::min(width, width_of(text)), ' ');
}

Block Table::lines() const {
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < widths.size(); c++) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  Block lines;
  for (const auto& row : rows_) {
    std::string& line = lines.emplace_back();
    for (std::size_t c = 0; c < widths.size(); c++) {
      line += (c == 0 ? "" : "  ") + (columns_[c] == 'r' ? right_aligned : left_aligned)(row[c], widths[c]);
    }
  }
  return lines;
}

std::string Table::text(std::size_t indent) const { return joined(lines(), indent); }

Block grid(const std::vector<std::vector<std::string>>& rows) {
  Table table(std::string(rows.empty() ? 0 : rows[0].size(), 'r'));
  for (const auto& row : rows) table.add(row);
  return table.lines();
}

std::string beside(const std::vector<Part>& parts, std::size_t indent) {
  std::size_t height = 0;
  for (const Part& part : parts) height = std::max(height, part.block.size());
  Block lines(height);
  for (std::size_t p = 0; p < parts.size(); p++) {
    const Part& part = parts[p];
    std::size_t width = width_of(part.text);
    for (const std::string& line : part.block) width = std::max(width, width_of(line));
    for (std::size_t i = 0; i < height; i++) {
      const std::string middle = i == (height - 1) / 2 ? part.text : "";
      const std::string& own = i < part.block.size() ? part.block[i] : middle;
      lines[i] += (p == 0 ? "" : "  ") + left_aligned(own, width);
    }
  }
  return joined(lines, indent);
}

Crop::Crop(const Shape& shape, Index element, Index most) {
  Index dims = shape.dim();
  while (dims > 2 && shape[dims - 1] == 1) dims--;
  leading = std::max<Index>(dims - 2, 0);
  if (dims > 1) rows = shape[dims - 2];
  if (dims > 0) columns = shape[dims - 1];
  plane = element / (rows * columns) * rows * columns;
  const Index row = (element - plane) / columns, column = element % columns;
  first_row = row - row % most;
  first_column = column - column % most;
  shown_rows = std::min(most, rows - first_row);
  shown_columns = std::min(most, columns - first_column);
}

std::string Crop::text() const {
  return fmt::format("rows {}..{} of {}, columns {}..{} of {}", first_row, first_row + shown_rows - 1, rows,
                     first_column, first_column + shown_columns - 1, columns);
}

}  // namespace reel::inline REEL_PRECISION::inspect
