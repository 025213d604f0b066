#include "common/report.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <reel/core/inspect/page/detail/page_files.h>
#include <reel/core/io/file.h>
#include <reel/core/text/detail/escape.h>

#include "common/report_script.h"
#include "common/report_style.h"

namespace reel::apps {
namespace {

constexpr const char* kPage = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{0}</title>
<style>{1}{2}</style></head>
<body><header><p class="brand">Reel</p><h1>{0}</h1></header>
<main>
{3}</main>
<script>{4}</script></body></html>
)html";

}  // namespace

ReportPage::ReportPage(std::string title) : title_(std::move(title)) {}

void ReportPage::panel(const std::string& heading, PanelWidth width) {
  body_ += fmt::format("{}<section class=\"panel{}\"><h2>{}</h2>\n", body_.empty() ? "" : "</section>\n",
                       width == PanelWidth::kWhole ? " whole" : "", escape_html(heading));
}

void ReportPage::paragraph(const std::string& text) {
  body_ += fmt::format("<p>{}</p>\n", escape_html(text));
}

void ReportPage::facts(const std::vector<std::pair<std::string, std::string>>& facts) {
  body_ += "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    body_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
  body_ += "</dl>\n";
}

void ReportPage::write(const std::string& path) const {
  const std::string page = fmt::format(kPage, escape_html(title_), inspect::page_files().theme, kReportStyle,
                                       body_ + (body_.empty() ? "" : "</section>\n"), kReportScript);
  const std::string_view pieces[] = {page};
  write_atomically(path, pieces);
}

}  // namespace reel::apps
