// Text in columns. Internal to the library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/core/shape.h>
#include <reel/core/text/detail/wrap.h>

namespace reel::inline REEL_PRECISION {

/// With blanks before it / behind it, up to a width.
std::string right_aligned(std::string_view text, std::size_t width);
std::string left_aligned(std::string_view text, std::size_t width);

/// Lines of the same width.
using Block = std::vector<std::string>;

/// Rows of texts whose columns stand under each other, two blanks apart. Where there is less room than that
/// takes, words at the end of a row are broken within their column, if that is not too narrow; otherwise the
/// columns that find no room stand in lines below, a little deeper, those of each row under each other again.
class Table {
 public:
  /// A letter for each column: 'l' where texts stand to the left, 'r' where numbers stand to the right.
  explicit Table(std::string columns) : columns_(std::move(columns)) {}

  /// As many texts as there are columns.
  void add(std::vector<std::string> row) { rows_.push_back({std::move(row), false}); }
  /// Words across all columns.
  void add_line(std::string words) { rows_.push_back({{std::move(words)}, true}); }
  /// Of up to `room` characters, where no word or number is longer; 0: of any width.
  Block lines(std::size_t room = 0) const;
  /// The lines behind `indent` blanks, without blanks at their ends, in all of up to `width` characters.
  std::string text(std::size_t indent, std::size_t width = 0) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool across;  // one cell, across all columns
  };

  std::vector<std::size_t> column_widths(std::size_t room) const;
  Block cell(const std::string& text, std::size_t column, std::size_t width) const;
  Block row_lines(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                  const std::vector<std::size_t>& starts) const;

  std::string columns_;
  std::vector<Row> rows_;
};

/// Numbers in rows and columns, as Table::lines.
Block grid(const std::vector<std::vector<std::string>>& rows, std::size_t room = 0);

/// The characters that `width` leaves behind `indent` blanks; 0 where that is 0, any.
std::size_t room_behind(std::size_t indent, std::size_t width);

/// A part of the lines: blocks stand side by side from the top, what is no block in their middle.
struct Part {
  Block block;
  std::string text = {};  ///< instead of a block: "*"
};
/// The parts side by side behind `indent` blanks, as Table::text; below each other where `width` is too
/// small.
std::string beside(const std::vector<Part>& parts, std::size_t indent, std::size_t width = 0);

/// Part of the last two dimensions of a tensor, as the rows and columns of a table: what is printed of a
/// large one. A vector is one row; behind two dimensions those of size 1 do not count, as of
/// [C_out,C_in,1,1].
struct Crop {
  Index leading = 0;                ///< dimensions before the rows
  Index rows = 1, columns = 1;      ///< of all
  Index first_row, first_column;    ///< that are shown
  Index shown_rows, shown_columns;  ///< how many of them
  Index plane;                      ///< row-major place of the element [..,0,0]

  /// That of at most so many rows and columns which has `element` in it.
  Crop(const Shape& shape, Index element, Size2 most);
  bool whole() const { return shown_rows == rows && shown_columns == columns; }
  /// The place of a shown element in row-major order.
  Index at(Index row, Index column) const {
    return plane + (first_row + row) * columns + first_column + column;
  }
  /// "rows 0..15 of 28, columns 0..15 of 28"
  std::string text() const;
};

}  // namespace reel::inline REEL_PRECISION
