#include "common/report.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include <reel/core/io/file.h>

#include "common/chart.h"
#include "common/html.h"
#include "common/png.h"
#include "common/range_chart.h"

namespace reel::apps {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .6rem;text-align:right;font-weight:normal}
.facts td:first-child{text-align:left;opacity:.7}.facts td{text-align:left}
.scroll{overflow-x:auto}
.matrix td{min-width:2.2rem;border:1px solid #8884}.matrix th{opacity:.7}
section{overflow-x:auto}svg{width:100%;height:auto}section svg{min-width:480px}svg text{font-size:11px;fill:currentColor}
.grid{stroke:currentColor;stroke-opacity:.15}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(88px,1fr));gap:.8rem}
figure{margin:0;text-align:center;font-size:.8rem}figure img{width:100%;image-rendering:pixelated;border:1px solid #8884}
.profile td,.ranges td{white-space:nowrap}.profile td:nth-child(-n+2),.ranges td:first-child{text-align:left}
.profile td:last-child{width:30%;min-width:80px}.bar{height:.8rem;background:#2e8fb0;print-color-adjust:exact}
.ranges svg{width:160px;min-width:120px}
@media(max-width:520px){.matrix td,.matrix th{padding:.1rem;min-width:0;font-size:.75rem;text-align:center}}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
)css";

// The entries of a profile that are worth a line, the slowest first.
std::vector<ProfileEntry> slowest(const Profile& profile) {
  constexpr double kLeast = 0.002;  // of the whole
  std::vector<ProfileEntry> entries = profile.entries();
  std::erase_if(entries, [&](const ProfileEntry& e) { return e.seconds() < kLeast * profile.seconds(); });
  std::ranges::stable_sort(entries, std::greater(), &ProfileEntry::seconds);
  return entries;
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
    body_ += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escape_html(name), escape_html(value));
  }
  body_ += "</table>\n";
}

void ReportPage::chart(const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series, bool log_y) {
  body_ += "<section>" + line_chart_svg(x_label, y_label, series, log_y) + "</section>\n";
}

void ReportPage::confusion(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names) {
  body_ += "<div class=\"scroll\"><table class=\"matrix\"><tr><th></th>";
  for (const std::string& name : class_names) body_ += fmt::format("<th>{}</th>", escape_html(name));
  body_ += "</tr>\n";
  for (Index label = 0; label < matrix.classes(); label++) {
    Index total = 0;
    for (Index predicted = 0; predicted < matrix.classes(); predicted++) total += matrix.at(label, predicted);
    body_ += fmt::format("<tr><th>{}</th>", escape_html(class_names[static_cast<std::size_t>(label)]));
    for (Index predicted = 0; predicted < matrix.classes(); predicted++) {
      const Index count = matrix.at(label, predicted);
      // Mistakes fade in by the square root, so that single ones can be seen.
      const double share =
          std::sqrt(static_cast<double>(count) / static_cast<double>(std::max<Index>(total, 1)));
      const char* colour = label == predicted ? "31,111,139" : "209,73,91";
      body_ += fmt::format(R"html(<td style="background:rgba({},{:.2f})">{}</td>)html", colour, 0.8 * share,
                           count ? std::to_string(count) : "");
    }
    body_ += "</tr>\n";
  }
  body_ += "</table></div>\n";
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
      "<div class=\"scroll\"><table class=\"profile\"><tr><th>layer</th><th>op</th><th>forward</th>"
      "<th>backward</th><th>share</th><th></th></tr>\n";
  const std::vector<ProfileEntry> entries = slowest(profile);
  for (const ProfileEntry& e : entries) {
    const auto calls = static_cast<double>(std::max<std::int64_t>(e.calls, 1));
    body_ += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{:.3g} ms</td><td>{:.3g} ms</td><td>{:.1f}%</td>"
        "<td><div class=\"bar\" style=\"width:{:.1f}%\"></div></td></tr>\n",
        escape_html(e.scope), escape_html(e.op), 1e3 * e.forward_seconds / calls,
        1e3 * e.backward_seconds / calls, 100 * e.seconds() / profile.seconds(),
        100 * e.seconds() / entries.front().seconds());
  }
  body_ += "</table></div>\n";
}

void ReportPage::ranges(const LayerRanges& ranges) {
  body_ += "<div class=\"scroll\"><table class=\"ranges\"><tr><th></th>";
  for (const char* kind : LayerRanges::kKinds) body_ += fmt::format("<th>{}</th>", kind);
  body_ += "</tr>\n";
  for (const LayerRanges::Layer& layer : ranges.layers()) {
    body_ += fmt::format("<tr><td>{}</td>", escape_html(layer.name));
    for (const auto& kind : layer.ranges) body_ += "<td>" + range_chart_svg(kind) + "</td>";
    body_ += "</tr>\n";
  }
  body_ += "</table></div>\n";
}

void ReportPage::write(const std::string& path) const {
  const std::string title = escape_html(title_);
  const std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title><style>{}</style></head>\n<body><h1>{}</h1>\n{}</body></html>\n",
      title, kStyle, title, body_);
  const std::string_view pieces[] = {page};
  write_atomically(path, pieces);
}

}  // namespace reel::apps
