// A row for each node of a tape.
#include <reel/core/inspect/text.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

using Row = std::array<std::string, 5>;

std::string input_names(const NodeInfo& node, const std::vector<NodeInfo>& nodes) {
  std::string names;
  for (const Var& input : node.inputs) {
    if (!names.empty()) names += ", ";
    names += printable(nodes[input.index()].name);
  }
  return names;
}

}  // namespace

std::string text(const Tape& tape) {
  const std::vector<NodeInfo> nodes = tape.nodes();
  std::vector<Row> rows = {{"name", "op", "shape", "inputs", "where"}};
  for (const NodeInfo& node : nodes) {
    rows.push_back({printable(node.name), printable(node.op), node.var.shape().text(),
                    input_names(node, nodes), node.where.text()});
  }
  std::array<std::size_t, 4> widths{};
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < widths.size(); c++) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string result;
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < widths.size(); c++) result += fmt::format("{:<{}}  ", row[c], widths[c]);
    result += row.back() + '\n';
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION::inspect
