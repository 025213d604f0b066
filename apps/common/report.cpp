#include "common/report.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include <reel/core/io/file.h>
#include <reel/core/text/detail/escape.h>

#include "common/graph_picture.h"
#include "common/png.h"
#include "common/range_chart.h"
#include "common/report_style.h"

namespace reel::apps {
namespace {

// The entries of a profile that are worth a line, the slowest first.
std::vector<ProfileEntry> slowest(const Profile& profile) {
  constexpr double kLeast = 0.002;  // of the whole
  std::vector<ProfileEntry> entries = profile.entries();
  std::erase_if(entries, [&](const ProfileEntry& e) { return e.seconds() < kLeast * profile.seconds(); });
  std::ranges::stable_sort(entries, std::greater(), &ProfileEntry::seconds);
  return entries;
}

// A path that can be broken after each dot.
std::string layer_name(const std::string& path) {
  std::string name;
  for (const char c : escape_html(path)) name += c == '.' ? std::string(".<wbr>") : std::string(1, c);
  return name;
}

// Mistakes fade in by the square root of their share in the class, so that single ones can be seen.
std::string matrix_cell(const ConfusionMatrix& matrix, Index label, Index predicted) {
  Index total = 0;
  for (Index k = 0; k < matrix.classes(); k++) total += matrix.at(label, k);
  const Index count = matrix.at(label, predicted);
  const double share = static_cast<double>(count) / static_cast<double>(std::max<Index>(total, 1));
  return fmt::format(R"html(<td style="background:rgba({},{:.2f})">{}</td>)html",
                     label == predicted ? "31,111,139" : "209,73,91", 0.8 * std::sqrt(share),
                     count ? std::to_string(count) : "");
}

}  // namespace

ReportPage::ReportPage(std::string title) : title_(std::move(title)) {}

void ReportPage::heading(const std::string& text) {
  body_ += fmt::format("<h2>{}</h2>\n", escape_html(text));
}

void ReportPage::paragraph(const std::string& text) {
  body_ += fmt::format("<p>{}</p>\n", escape_html(text));
}

void ReportPage::table(const std::vector<std::pair<std::string, std::string>>& rows) {
  body_ += "<table class=\"facts\">\n";
  for (const auto& [name, value] : rows) {
    body_ += fmt::format("<tr><td class=\"name\">{}</td><td>{}</td></tr>\n", escape_html(name),
                         escape_html(value));
  }
  body_ += "</table>\n";
}

void ReportPage::chart(const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series, bool log_y) {
  body_ += line_chart(x_label, y_label, series, log_y);
}

void ReportPage::confusion(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names) {
  // Names stand upright, for narrow columns; digits need not.
  const bool narrow =
      std::ranges::all_of(class_names, [](const std::string& name) { return name.size() < 4; });
  body_ += "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>";
  for (const std::string& name : class_names)
    body_ += fmt::format("<th><span{}>{}</span></th>", narrow ? "" : " class=\"upright\"", escape_html(name));
  body_ += "</tr></thead>\n<tbody>";
  for (Index label = 0; label < matrix.classes(); label++) {
    body_ += fmt::format("<tr><th>{}</th>", escape_html(class_names[static_cast<std::size_t>(label)]));
    for (Index k = 0; k < matrix.classes(); k++) body_ += matrix_cell(matrix, label, k);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

void ReportPage::pictures(std::span<const Picture> pictures) {
  body_ += "<div class=\"pictures\">\n";
  for (const Picture& picture : pictures) {
    body_ +=
        fmt::format("<figure><img src=\"{}\" alt=\"{}\"><figcaption>{}</figcaption></figure>\n",
                    png_data_url(picture.image), escape_html(picture.caption), escape_html(picture.caption));
  }
  body_ += "</div>\n";
}

void ReportPage::profile(const Profile& profile) {
  body_ +=
      "<div class=\"scroll\"><table class=\"profile\"><thead><tr><th class=\"name\">layer</th>"
      "<th "
      "class=\"name\">op</th><th>forward ms</th><th>backward "
      "ms</th><th>share</th><th></th></tr></thead>\n<tbody>";
  const std::vector<ProfileEntry> entries = slowest(profile);
  for (const ProfileEntry& e : entries) {
    body_ += fmt::format(
        "<tr><td class=\"name\">{}</td><td class=\"name\">{}</td>"
        "<td>{:.3g}</td><td>{:.3g}</td><td>{:.1f}%</td>"
        "<td><div class=\"bar\" style=\"width:{:.1f}%\"></div></td></tr>\n",
        layer_name(e.scope), escape_html(e.op), 1e3 * e.a_forward(e.forward_seconds),
        1e3 * e.a_backward(e.backward_seconds), 100 * e.seconds() / profile.seconds(),
        100 * e.seconds() / entries.front().seconds());
  }
  body_ += "</tbody></table></div>\n";
}

void ReportPage::network(Module& net, const Shape& input) { body_ += network_picture(net, input); }

void ReportPage::ranges(const LayerRanges& ranges) {
  body_ += "<div class=\"scroll\"><table class=\"ranges\"><thead><tr><th class=\"name\"></th>";
  for (const char* kind : LayerRanges::kKinds) body_ += fmt::format("<th>{}</th>", kind);
  body_ += "</tr></thead>\n<tbody>";
  for (const LayerRanges::Layer& layer : ranges.layers()) {
    body_ += fmt::format("<tr><td class=\"name\">{}</td>", layer_name(layer.name));
    for (std::size_t kind = 0; kind < LayerRanges::kKinds.size(); kind++) {
      const std::string label = fmt::format("{} of {}", LayerRanges::kKinds[kind], layer.name);
      body_ += "<td>" + range_chart_svg(label, layer.ranges[kind]) + "</td>";
    }
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

void ReportPage::write(const std::string& path) const {
  const std::string title = escape_html(title_);
  const std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title><style>{}</style></head>\n<body><h1>{}</h1>\n{}</body></html>\n",
      title, kReportStyle, title, body_);
  const std::string_view pieces[] = {page};
  write_atomically(path, pieces);
}

}  // namespace reel::apps
