// A row for each node of a tape.
#include <reel/core/inspect/text.h>

#include <reel/core/text/detail/printable.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

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
  Table table("lllll");
  table.add({"name", "op", "shape", "inputs", "where"});
  for (const NodeInfo& node : nodes) {
    table.add({printable(node.name), printable(node.op), node.var.shape().text(), input_names(node, nodes),
               node.where.text()});
  }
  return table.text(0);
}

}  // namespace reel::inline REEL_PRECISION::inspect
