#include "common/report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <reel/core/io/file.h>

#include "common/chart.h"
#include "common/html.h"

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
figure{margin:0;text-align:center;font-size:.8rem}figure svg{background:#fff;border:1px solid #8884}
@media(max-width:520px){.matrix td,.matrix th{padding:.1rem;min-width:0;font-size:.75rem;text-align:center}}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
)css";

constexpr int kInkLevels = 8;

// Grey levels as one path each: runs of pixels of a row that have the same level.
std::string picture_svg(const Tensor& image) {
  const Index height = image.size(-2), width = image.size(-1);
  std::vector<std::string> paths(kInkLevels + 1);
  const Scalar* pixels = image.data();
  const auto level = [&](Index y, Index x) {
    return static_cast<int>(std::lround(std::clamp<Scalar>(pixels[y * width + x], 0, 1) * kInkLevels));
  };
  for (Index y = 0; y < height; y++) {
    for (Index x = 0; x < width;) {
      Index end = x + 1;
      while (end < width && level(y, end) == level(y, x)) end++;
      const auto index = static_cast<std::size_t>(level(y, x));
      if (index > 0) paths[index] += fmt::format("M{} {}h{}v1h-{}z", x, y, end - x, end - x);
      x = end;
    }
  }
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" shape-rendering="crispEdges">)", width, height);
  for (std::size_t i = 1; i < paths.size(); i++) {
    if (paths[i].empty()) continue;
    out += fmt::format(R"(<path fill="#000" fill-opacity="{:.3g}" d="{}"/>)",
                       static_cast<double>(i) / kInkLevels, paths[i]);
  }
  return out + "</svg>";
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
    body_ += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", picture_svg(picture.image),
                         escape_html(picture.caption));
  }
  body_ += "</div>\n";
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
