// Widths of columns, broken cells, and blocks side by side.
#include <reel/core/text/detail/table.h>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::size_t kGap = 2, kDeeper = 4;
constexpr std::size_t kLeastWords = 20;  // characters of a column in which words are broken

std::string joined(const Block& lines, std::size_t indent) {
  std::string result;
  for (const std::string& line : lines) {
    const std::string whole = std::string(indent, ' ') + line;
    result += whole.substr(0, whole.find_last_not_of(' ') + 1) + '\n';
  }
  return result;
}

std::size_t width_of_block(const Block& block) {
  std::size_t width = 0;
  for (const std::string& line : block) width = std::max(width, width_of(line));
  return width;
}

// From the top, padded to the width of each.
Block side_by_side(const std::vector<Block>& blocks) {
  std::size_t height = 0;
  for (const Block& block : blocks) height = std::max(height, block.size());
  Block lines(height);
  for (std::size_t b = 0; b < blocks.size(); b++) {
    const std::size_t width = width_of_block(blocks[b]);
    for (std::size_t i = 0; i < height; i++) {
      const std::string own = i < blocks[b].size() ? blocks[b][i] : "";
      if (b > 0) lines[i].append(kGap, ' ');
      lines[i] += left_aligned(own, width);
    }
  }
  return lines;
}

bool is_blank_line(std::string_view line) { return line.find_first_not_of(' ') == std::string_view::npos; }

// The first column of each line that a row takes, and the number of columns.
std::vector<std::size_t> line_starts(const std::vector<std::size_t>& widths, std::size_t room) {
  std::vector<std::size_t> starts{0};
  std::size_t end = 0;
  for (std::size_t c = 0; c < widths.size(); c++) {
    end += (c == 0 ? 0 : kGap) + widths[c];
    if (room == 0 || end <= room || c == 0) continue;
    starts.push_back(c);
    end = kDeeper + widths[c];
  }
  starts.push_back(widths.size());
  return starts;
}

}  // namespace

std::string right_aligned(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ').append(text);
}

std::string left_aligned(std::string_view text, std::size_t width) {
  return std::string(text).append(width - std::min(width, width_of(text)), ' ');
}

std::vector<std::size_t> Table::column_widths(std::size_t room) const {
  std::vector<std::size_t> widths(columns_.size());
  for (const Row& row : rows_) {
    if (row.across) continue;
    for (std::size_t c = 0; c < widths.size(); c++) widths[c] = std::max(widths[c], width_of(row.cells[c]));
  }
  std::size_t before = 0;  // the last column
  for (std::size_t c = 0; c + 1 < widths.size(); c++) before += widths[c] + kGap;
  if (room == 0 || widths.empty() || before + widths.back() <= room) return widths;
  if (columns_.back() == 'l' && before + kLeastWords <= room) {
    widths.back() = room - before;
  }
  for (std::size_t& width : widths) width = std::min(width, room > 2 * kDeeper ? room - kDeeper : room);
  return widths;
}

Block Table::cell(const std::string& text, std::size_t column, std::size_t width) const {
  Block lines = lines_of(width_of(text) > width ? wrapped(text, width) : text);
  for (std::string& line : lines)
    line = (columns_[column] == 'r' ? right_aligned : left_aligned)(line, width);
  return lines;
}

Block Table::row_lines(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                       const std::vector<std::size_t>& starts) const {
  Block lines;
  for (std::size_t l = 0; l + 1 < starts.size(); l++) {
    std::vector<Block> cells;
    for (std::size_t c = starts[l]; c < starts[l + 1]; c++) cells.push_back(cell(row[c], c, widths[c]));
    for (const std::string& line : side_by_side(cells)) {
      if (l == 0) lines.push_back(line);
      if (l > 0 && !is_blank_line(line)) lines.push_back(std::string(kDeeper, ' ') + line);
    }
  }
  return lines;
}

Block Table::lines(std::size_t room) const {
  const std::vector<std::size_t> widths = column_widths(room), starts = line_starts(widths, room);
  Block all;
  for (const auto& [cells, across] : rows_) {
    std::ranges::copy(across ? lines_of(wrapped(cells[0], room)) : row_lines(cells, widths, starts),
                      std::back_inserter(all));
  }
  return all;
}

std::string Table::text(std::size_t indent, std::size_t width) const {
  return joined(lines(room_behind(indent, width)), indent);
}

Block grid(const std::vector<std::vector<std::string>>& rows, std::size_t room) {
  Table table(std::string(rows.empty() ? 0 : rows[0].size(), 'r'));
  for (const auto& row : rows) table.add(row);
  return table.lines(room);
}

std::size_t room_behind(std::size_t indent, std::size_t width) {
  return width == 0 ? 0 : std::max(width, indent + 1) - indent;
}

std::string beside(const std::vector<Part>& parts, std::size_t indent, std::size_t width) {
  std::size_t height = 0;
  for (const Part& part : parts) height = std::max(height, part.block.size());
  std::vector<Block> blocks;
  for (const Part& part : parts) {
    blocks.push_back(part.block);
    if (!part.block.empty() || height == 0) continue;
    blocks.back().resize(height);
    blocks.back()[(height - 1) / 2] = part.text;
  }
  const Block lines = side_by_side(blocks);
  if (width == 0 || indent + width_of_block(lines) <= width) return joined(lines, indent);
  Block below;
  for (const Block& block : blocks)
    std::ranges::remove_copy_if(block, std::back_inserter(below), is_blank_line);
  return joined(below, indent);
}

Crop::Crop(const Shape& shape, Index element, Size2 most) {
  Index dims = shape.dim();
  while (dims > 2 && shape[dims - 1] == 1) dims--;
  leading = std::max<Index>(dims - 2, 0);
  if (dims > 1) rows = shape[dims - 2];
  if (dims > 0) columns = shape[dims - 1];
  plane = element / (rows * columns) * rows * columns;
  const Index row = (element - plane) / columns, column = element % columns;
  first_row = row - row % most.h;
  first_column = column - column % most.w;
  shown_rows = std::min(most.h, rows - first_row);
  shown_columns = std::min(most.w, columns - first_column);
}

std::string Crop::text() const {
  return fmt::format("rows {}..{} of {}, columns {}..{} of {}", first_row, first_row + shown_rows - 1, rows,
                     first_column, first_column + shown_columns - 1, columns);
}

}  // namespace reel::inline REEL_PRECISION
