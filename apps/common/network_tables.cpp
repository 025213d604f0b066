#include "common/network_tables.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/number.h>

#include "common/html.h"

namespace reel::apps {
namespace {

// A number that is part of a whole, which the cell's colour shows; nothing for 0.
std::string share_cell(Index count, Index whole) {
  if (count == 0) return "<td></td>";
  return fmt::format(R"html(<td class="share" style="--m:{:.3f}">{}</td>)html",
                     static_cast<double>(count) / static_cast<double>(std::max<Index>(whole, 1)),
                     grouped_text(count));
}

// "14×14, step 2": so many pixels of the image, and so many further for the next one.
std::string field_html(const std::optional<ReceptiveField>& field) {
  if (!field) return "";
  const auto& [size, jump] = *field;
  const std::string step =
      jump.h == jump.w ? fmt::format("{:.4g}", jump.h) : fmt::format("{:.4g}×{:.4g}", jump.h, jump.w);
  return fmt::format("{}×{}<span class=\"of\">, step {}</span>", size.h, size.w, step);
}

// Sizes are those of one sample.
std::string row_html(const SummaryRow& row, const Summary& summary) {
  constexpr const char* kRow =
      "<tr><td class=\"name\">{}</td><td class=\"name\">{}</td><td "
      "class=\"output\">{}</td>{}{}<td>{}</td></tr>\n";
  const auto sizes = row.output.sizes();
  return fmt::format(kRow, breakable_path(row.layer), escape_html(row.op),
                     fmt::join(sizes.subspan(std::min<std::size_t>(1, sizes.size())), "×"),
                     share_cell(row.parameters, summary.parameters), share_cell(row.macs, summary.macs),
                     field_html(row.field));
}

// The entries of a profile that are worth a line, the slowest first.
std::vector<ProfileEntry> slowest(const Profile& profile) {
  constexpr double kLeast = 0.002;  // of the whole
  std::vector<ProfileEntry> entries = profile.entries();
  std::erase_if(entries, [&](const ProfileEntry& e) { return e.seconds() < kLeast * profile.seconds(); });
  std::ranges::stable_sort(entries, std::greater(), &ProfileEntry::seconds);
  return entries;
}

}  // namespace

std::string network_table(const Summary& summary) {
  std::string out =
      "<div class=\"scroll tall\"><table class=\"layers\"><thead><tr><th class=\"name\">layer</th>"
      "<th class=\"name\">op</th><th class=\"output\">output</th><th>parameters</th><th>multiply-adds</th>"
      "<th>receptive field</th></tr></thead>\n<tbody>";
  for (const SummaryRow& row : summary.rows) out += row_html(row, summary);
  return out +
         fmt::format(
             "</tbody>\n<tfoot><tr><td class=\"name\" colspan=\"2\">{} of the parameters are trainable"
             "</td><td class=\"output\"></td><td>{}</td><td>{}</td><td></td></tr></tfoot></table></div>\n",
             summary.trainable_parameters == summary.parameters ? "all"
                                                                : grouped_text(summary.trainable_parameters),
             grouped_text(summary.parameters), grouped_text(summary.macs));
}

std::string profile_table(const Profile& profile) {
  std::string out =
      "<div class=\"scroll\"><table class=\"profile\"><thead><tr><th class=\"name\">layer</th>"
      "<th class=\"name\">op</th><th>forward ms</th><th>backward "
      "ms</th><th>share</th><th></th></tr></thead>\n"
      "<tbody>";
  const std::vector<ProfileEntry> entries = slowest(profile);
  for (const ProfileEntry& e : entries) {
    out += fmt::format(
        "<tr><td class=\"name\">{}</td><td "
        "class=\"name\">{}</td><td>{:.3g}</td><td>{:.3g}</td><td>{:.1f}%</td>"
        "<td class=\"rest\"><span class=\"bar\" style=\"--m:{:.3f}\"></span></td></tr>\n",
        breakable_path(e.scope), escape_html(e.op), 1e3 * e.a_forward(e.forward_seconds),
        1e3 * e.a_backward(e.backward_seconds), 100 * e.seconds() / profile.seconds(),
        e.seconds() / entries.front().seconds());
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace reel::apps
