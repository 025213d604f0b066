// A tape for graphviz: a node for each tensor, a cluster for each module.
#include <reel/core/inspect/dot.h>

#include <map>

#include <fmt/format.h>

#include <reel/core/text/detail/escape.h>
#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// A quoted string of DOT. Names and scopes are a user's and may hold anything.
std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", escaped(text, {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}}));
}

// A module's frame: its own nodes and the modules inside.
struct Cluster {
  std::vector<std::size_t> nodes;
  std::map<std::string, Cluster> inner;
};

Cluster& find_cluster(Cluster& root, std::string_view scope) {
  Cluster* cluster = &root;
  while (!scope.empty()) {
    const std::size_t length = scope.find('.');
    cluster = &cluster->inner[std::string(scope.substr(0, length))];
    scope.remove_prefix(length == std::string_view::npos ? scope.size() : length + 1);
  }
  return *cluster;
}

std::string node_line(std::size_t index, const NodeInfo& node) {
  const std::string shape = node.var.shape().text();
  const std::string last_line = node.name == node.op ? shape : node.op + " " + shape;
  std::string_view style = "rounded";
  if (node.leaf != Leaf::kNone) style = node.leaf == Leaf::kInput ? "dashed" : "bold";
  return fmt::format("n{} [label={}, style={}];\n", index,
                     quoted(printable(node.name) + "\n" + printable(last_line)), style);
}

// The path names the cluster: it is unique where the last name is not.
void write(const Cluster& cluster, const std::string& path, const std::vector<NodeInfo>& nodes,
           const std::string& indent, std::string& out) {
  for (const std::size_t index : cluster.nodes) out += indent + node_line(index, nodes[index]);
  for (const auto& [name, inner] : cluster.inner) {
    const std::string inner_path = path + "." + name;
    out += fmt::format("{}subgraph {} {{\n{}  label={};\n", indent, quoted(printable("cluster" + inner_path)),
                       indent, quoted(printable(name)));
    write(inner, inner_path, nodes, indent + "  ", out);
    out += indent + "}\n";
  }
}

}  // namespace

std::string dot(const Tape& tape) {
  const std::vector<NodeInfo> nodes = tape.nodes();
  Cluster root;
  for (std::size_t i = 0; i < nodes.size(); i++) find_cluster(root, nodes[i].scope).nodes.push_back(i);
  std::string out = "digraph tape {\n  node [shape=box];\n";
  write(root, "", nodes, "  ", out);
  for (std::size_t i = 0; i < nodes.size(); i++) {
    for (const Var& input : nodes[i].inputs) out += fmt::format("  n{} -> n{};\n", input.index(), i);
  }
  return out + "}\n";
}

}  // namespace reel::inline REEL_PRECISION::inspect
