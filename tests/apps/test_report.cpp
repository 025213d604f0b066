#include "common/report.h"

#include <string>

#include <doctest/doctest.h>

#include <reel/core/inspect/page/detail/page_files.h>

#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using namespace reel::apps;

namespace {

std::string written(const ReportPage& page) {
  const TempDir folder;
  const std::string path = (folder.path() / "report.html").string();
  page.write(path);
  return read_file(path);
}

}  // namespace

TEST_CASE("A report has the colours of the stepper's page, and what is not HTML escaped") {
  ReportPage page("a < b");
  page.panel("one & two", PanelWidth::kWhole);
  page.facts({{"name", "<value>"}});
  page.panel("three");
  page.paragraph("x > 0");
  page.add("<b>bold</b>");
  const std::string html = written(page);
  CHECK(contains(html, reel::inspect::page_files().theme));
  CHECK(contains(html, "<title>a &lt; b</title>"));
  CHECK(contains(html,
                 "<section class=\"panel whole\"><h2>one &amp; two</h2>\n<dl class=\"facts\">\n"
                 "<div><dt>name</dt><dd>&lt;value&gt;</dd></div>\n</dl>\n</section>\n"
                 "<section class=\"panel\"><h2>three</h2>\n<p>x &gt; 0</p>\n<b>bold</b></section>"));
}

TEST_CASE("A report without panels is a page all the same") {
  CHECK_FALSE(contains(written(ReportPage("empty")), "section>"));
}
