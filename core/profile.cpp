// Adds up times by layer and op, and prints them.
#include <reel/core/profile.h>

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {

ProfileEntry& Profile::entry_of(std::string_view scope, std::string_view op) {
  const auto [position, fresh] =
      positions_.try_emplace({std::string(scope), std::string(op)}, entries_.size());
  if (fresh) entries_.push_back({.scope = std::string(scope), .op = std::string(op)});
  return entries_[position->second];
}

void Profile::add(std::string_view scope, std::string_view op, Pass pass, double seconds,
                  std::int64_t bytes) {
  ProfileEntry& entry = entry_of(scope, op);
  if (pass == Pass::kForward) {
    entry.calls++;
    entry.forward_seconds += seconds;
    entry.forward_bytes += bytes;
  } else {
    entry.backward_calls++;
    entry.backward_seconds += seconds;
    entry.backward_bytes += bytes;
  }
}

void Profile::add_to_forward(std::string_view scope, std::string_view op, double seconds) {
  entry_of(scope, op).forward_seconds += seconds;
}

double Profile::seconds() const {
  double sum = 0;
  for (const ProfileEntry& entry : entries_) sum += entry.seconds();
  return sum;
}

std::string Profile::text() const {
  std::size_t scope_width = 5, op_width = 2;
  for (const ProfileEntry& entry : entries_) {
    scope_width = std::max(scope_width, printable(entry.scope).size());
    op_width = std::max(op_width, printable(entry.op).size());
  }
  // Within 80 characters, but for long paths.
  std::string text =
      fmt::format("{:<{}}  {:<{}} {:>6} {:>16} {:>16} {:>6}\n", "layer", scope_width, "op", op_width, "calls",
                  "forward", "backward", "share") +
      fmt::format("{:{}} {:>8} {:>7} {:>8} {:>7}\n", "", scope_width + op_width + 9, "ms", "MB", "ms", "MB");
  const double total = seconds();
  for (const ProfileEntry& entry : entries_) {
    text +=
        fmt::format("{:<{}}  {:<{}} {:>6} {:>8.3f} {:>7.2f} {:>8.3f} {:>7.2f} {:>5.1f}%\n",
                    printable(entry.scope), scope_width, printable(entry.op), op_width,
                    std::max(entry.calls, entry.backward_calls), 1e3 * entry.a_forward(entry.forward_seconds),
                    1e-6 * entry.a_forward(static_cast<double>(entry.forward_bytes)),
                    1e3 * entry.a_backward(entry.backward_seconds),
                    1e-6 * entry.a_backward(static_cast<double>(entry.backward_bytes)),
                    total > 0 ? 100 * entry.seconds() / total : 0);
  }
  return text + fmt::format("{:.2f} s in all\n", total);
}

}  // namespace reel::inline REEL_PRECISION
