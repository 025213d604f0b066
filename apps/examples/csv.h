// Numbers from a table with commas between its cells.
#pragma once

#include <charconv>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <reel/reel.h>

namespace examples {

struct Table {
  std::vector<std::string> names;
  reel::Tensor numbers;  // [rows, columns]
};

inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

/// A line of names, then lines of numbers. Anything else is a runtime_error that says where.
inline Table read_csv(std::istream& in) {
  std::string line;
  std::getline(in, line);
  Table table{cells_of(line), {}};
  std::vector<reel::Scalar> numbers;
  reel::Index rows = 0;
  for (; std::getline(in, line); rows++) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != table.names.size())
      throw std::runtime_error(fmt::format("line {} has {} cells", rows + 2, cells.size()));
    for (std::size_t c = 0; c < cells.size(); c++) {
      const char* end = cells[c].data() + cells[c].size();
      reel::Scalar number = 0;
      if (std::from_chars(cells[c].data(), end, number).ptr != end || cells[c].empty())
        throw std::runtime_error(
            fmt::format("line {}, column \"{}\": \"{}\" is no number", rows + 2, table.names[c], cells[c]));
      numbers.push_back(number);
    }
  }
  table.numbers = reel::Tensor::from({rows, std::ssize(table.names)}, numbers);
  return table;
}

}  // namespace examples
