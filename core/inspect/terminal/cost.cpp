// Multiply-adds of each op, as the loops around them.
#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/text/detail/say.h>

#include <fmt/format.h>

#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::vector<Formula::Counter> loops_of(const Trace& trace, std::size_t node) {
  const std::optional<Formula> formula = trace.facts(node).formula;
  return formula ? product_loops(*formula) : std::vector<Formula::Counter>();
}

// "n<1 o<2 c<2"
std::string loops_text(std::span<const Formula::Counter> loops) {
  std::string text;
  for (const Formula::Counter& loop : loops) {
    text += fmt::format("{}{}<{}", text.empty() ? "" : " ", loop.name, loop.count);
  }
  return text;
}

Json loops_json(std::span<const Formula::Counter> loops) {
  Json list = Json::array();
  for (const Formula::Counter& loop : loops) list.push_back({{"name", loop.name}, {"count", loop.count}});
  return list;
}

std::string percent_text(Index macs, Index total) {
  return macs == 0 ? ""
                   : fmt::format("{:.1f}%", 100 * static_cast<double>(macs) / static_cast<double>(total));
}

}  // namespace

Answer cost(const Trace& trace, std::size_t width) {
  Index total = 0;
  for (std::size_t i = 0; i < trace.nodes().size(); i++) total += turns_of(loops_of(trace, i));
  Table table("lllrr");
  table.add({say("tensor"), say("op"), say("loops"), say("MACs"), say("share")});
  Json ops = Json::array();
  for (std::size_t i = 0; i < trace.nodes().size(); i++) {
    const TraceNode& node = trace.nodes()[i];
    if (node.inputs.empty()) continue;
    const std::vector<Formula::Counter> loops = loops_of(trace, i);
    const Index macs = turns_of(loops), numel = node.shape.numel();
    const std::string elements = say_counted(numel, "{} element", "{} elements", numel);
    table.add({node.name, node.op, loops.empty() ? elements : loops_text(loops),
               loops.empty() ? "" : std::to_string(macs), percent_text(macs, total)});
    ops.push_back({{"name", node.name},
                   {"op", node.op},
                   {"loops", loops_json(loops)},
                   {"macs", macs},
                   {"elements", numel}});
  }
  table.add({say("all"), "", "", std::to_string(total), ""});
  return {
      say("cost of one forward pass: multiply-adds (MACs) in nested loops, padding counted as numbers\n") +
          table.text(2, width),
      {{"ops", ops}, {"macs", total}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect
