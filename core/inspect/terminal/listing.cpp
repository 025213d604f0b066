// A line for each event.
#include <reel/core/inspect/terminal/detail/listing.h>

#include <string>

#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {

Answer list(const Trace& trace, std::size_t time, std::size_t width) {
  Table table("lrlll");
  Json rows = Json::array();
  for (std::size_t i = 0; i < trace.events().size(); i++) {
    const Event& event = trace.events()[i];
    table.add({i + 1 == time ? ">" : "", std::to_string(i + 1), event_text(trace, i),
               trace.nodes()[event.node].shape.text(), trace.nodes()[event.op].where.text()});
    rows.push_back(event_json(trace, i));
  }
  return {table.text(0, width), {{"events", rows}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect
