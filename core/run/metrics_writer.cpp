// What may be a name.
#include <reel/core/run/metrics_writer.h>

#include <set>

namespace reel::inline REEL_PRECISION {

void MetricsWriter::write(std::int64_t step, const Metrics& metrics) {
  check_.count("step", step, 0);
  std::set<std::string_view> names{"step"};
  for (const auto& [name, value] : metrics) {
    check_.require(!name.empty(), "a metric has no name; give each one");
    check_.require(name != "step",
                   "a metric is called \"step\", as the number of the step is; give it another name");
    check_.require(names.insert(name).second,
                   "there are two metrics \"{}\" of step {}; give each its own name", name, step);
  }
  put(step, metrics);
}

}  // namespace reel::inline REEL_PRECISION
