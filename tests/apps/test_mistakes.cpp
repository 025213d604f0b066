#include "common/mistakes.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "compare_support.h"
#include "small_training.h"
#include "support.h"

using namespace reel;
using namespace reel::apps;
using namespace reel_test;

namespace {

// A network that reads every image as the second of two classes, and so half of them wrong.
struct OneWay {
  OneWay() {
    net.fc.weight.value = Tensor::zeros({2, 4});
    net.fc.bias.value = Tensor::from({2}, {0, 1});
  }

  std::vector<MistakePage> write(const std::filesystem::path& report) {
    return write_mistake_pages(net, images, {}, evaluation(), report.string());
  }

  Evaluation evaluation() { return *evaluate(net, images, {{}}); }

  SmallNet net;
  FourImages images;
};

}  // namespace

TEST_CASE("Pages of mistakes lie beside the report") {
  CHECK(mistake_path("run.html", 1) == "run-mistake-1.html");
  CHECK(mistake_path("a/b.c/run", 2) == "a/b.c/run-mistake-2.html");
}

TEST_CASE("A mistake has a page of its image's step in eval mode, and the network stays as it is") {
  const TempDir folder;
  OneWay run;
  const State before = run.net.state().clone();
  const std::vector<MistakePage> pages = run.write(folder.path() / "a b.html");
  REQUIRE(pages.size() == 2);
  CHECK(same(before, run.net.state()));
  CHECK(run.net.norm.is_training());
  const std::string page = read_file(pages[1].path);
  CHECK(std::ssize(page) == pages[1].bytes);
  CHECK(contains(page, "<title>Test image 2: even read as odd</title>"));
  for (const char* name : {"\"image\"", "\"logits\"", "\"loss\""}) CHECK(contains(page, name));
  const std::string html = mistakes_html(run.images, run.evaluation(), pages);
  CHECK(contains(html, "href=\"a%20b-mistake-2.html#why=logits[0,1]\""));
  CHECK(contains(html, "<b>even</b> read as <b>odd</b> <small>test image 2</small>"));
  CHECK(contains(html, "<tr class=\"wrong\"><th>odd</th>"));
  CHECK(contains(html, "</span>73.1%</td>"));
  CHECK(contains(html, "<tr class=\"right\"><th>even</th>"));
}

TEST_CASE("A page that cannot be written says why, and the others are") {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "run-mistake-1.html");
  OneWay run;
  const std::vector<MistakePage> pages = run.write(folder.path() / "run.html");
  REQUIRE(pages.size() == 2);
  CHECK(contains(pages[0].failure, "it is a folder"));
  CHECK(pages[1].failure.empty());
  const std::string html = mistakes_html(run.images, run.evaluation(), pages);
  CHECK(contains(html, "It has no page: cannot write"));
  CHECK(contains(html, "run-mistake-2.html#why"));
}

TEST_CASE("A report that is no file has no pages beside it") {
  OneWay run;
  CHECK(run.write("/dev/null").empty());
  CHECK_FALSE(contains(mistakes_html(run.images, run.evaluation(), {}), "href"));
}
