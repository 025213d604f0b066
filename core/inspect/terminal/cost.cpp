#include <reel/core/inspect/terminal/cost.h>

#include <fmt/format.h>

#include <reel/core/inspect/mac_loops.h>
#include <reel/core/inspect/terminal/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::vector<MacLoop> loops_of(const Trace& trace, const TraceNode& node) {
  if (!node.built_in) return {};
  std::vector<Shape> inputs;
  for (const std::size_t input : node.inputs) inputs.push_back(trace.nodes()[input].shape);
  return mac_loops(node.op, inputs, node.shape);
}

// "for n<1, o<2, c<2"
std::string loops_text(const std::vector<MacLoop>& loops) {
  std::string text;
  for (const MacLoop& loop : loops) {
    text += fmt::format("{}{}<{}", text.empty() ? "for " : ", ", loop.name, loop.count);
  }
  return text;
}

Json loops_json(const std::vector<MacLoop>& loops) {
  Json list = Json::array();
  for (const MacLoop& loop : loops)
    list.push_back({{"name", std::string(1, loop.name)}, {"count", loop.count}});
  return list;
}

std::string share_text(Index macs, Index total) {
  return macs == 0 ? ""
                   : fmt::format("{:.1f}%", 100 * static_cast<double>(macs) / static_cast<double>(total));
}

}  // namespace

Answer cost(const Trace& trace, std::size_t width) {
  Index total = 0;
  for (const TraceNode& node : trace.nodes()) total += macs_in(loops_of(trace, node));
  Table table("lllrr");
  table.add({"tensor", "op", "loops", "MACs", "share"});
  Json ops = Json::array();
  for (const TraceNode& node : trace.nodes()) {
    if (node.inputs.empty()) continue;
    const std::vector<MacLoop> loops = loops_of(trace, node);
    const Index macs = macs_in(loops), numel = node.shape.numel();
    const std::string elements = fmt::format("{} element{}", numel, numel == 1 ? "" : "s");
    table.add({node.name, node.op, loops.empty() ? elements : loops_text(loops),
               loops.empty() ? "" : std::to_string(macs), share_text(macs, total)});
    ops.push_back({{"name", node.name},
                   {"op", node.op},
                   {"loops", loops_json(loops)},
                   {"macs", macs},
                   {"elements", numel}});
  }
  table.add({"all", "", "", std::to_string(total), ""});
  return {"cost of one forward pass: multiply-adds (MACs) in nested loops, padding counted as numbers\n" +
              table.text(2, width),
          {{"ops", ops}, {"macs", total}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect
