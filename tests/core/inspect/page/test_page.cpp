#include <reel/core/inspect/page/page.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <reel/core/ops/ops.h>
#include <reel/core/random.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "json_support.h"
#include "lenet_step.h"
#include "support.h"

using namespace reel;
using inspect::Trace;
using inspect::write_page;
using reel_test::ConvLesson;
using reel_test::error_of;
using reel_test::Parsed;

namespace {

std::string page_of(const Tape& tape, Var loss, inspect::PageOptions options = {}) {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "step.html";
  write_page(tape, loss, path, std::move(options));
  return reel_test::read_file(path);
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

std::string data_of(const std::string& page) {
  return between(page, "<script type=\"application/json\" id=\"reel-data\">", "</script>");
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) n++;
  return n;
}

}  // namespace

TEST_CASE("A page has all in one file and asks for nothing from elsewhere") {
  const ConvLesson lesson;
  const std::string page = page_of(lesson.tape, lesson.loss);
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
                  "img-src data:\"") != std::string::npos);
  CHECK(page.find("<!--REEL_") == std::string::npos);
  CHECK(count(page, "</script>") == 2);
  CHECK(count(page, "src=") == 0);
  CHECK(count(page, "http://") + count(page, "https://") == count(page, "http://www.w3.org/"));  // of SVG
  const Parsed data = Parsed::parse(data_of(page));
  CHECK(data.at("nodes").size() == 10);
  CHECK(data.at("title").get<std::string>().starts_with("loss (conv_lesson.h:"));
}

TEST_CASE("A trace's page is its tape's, and a branch has its own numbers") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "step.html";
  write_page(trace, path);
  CHECK(reel_test::read_file(path) == page_of(lesson.tape, lesson.loss));
  write_page(trace.with(0, 0, 5), path);
  CHECK(Parsed::parse(data_of(reel_test::read_file(path))).at("changes").size() == 1);
}

TEST_CASE("Names and the title are text, whatever they hold") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("</script><script>alert(1)</script><!--");
  const Var y = exp(x).named("not UTF-8: \xff");
  const std::string page =
      page_of(tape, sum(y), {.title = "</title><script>alert(\"2\")</script> & <!--REEL_DATA-->"});
  CHECK(count(page, "</script>") == 2);
  CHECK(count(page, "<script") == 2);
  CHECK(count(page, "reel-data") == count(page_of(tape, sum(exp(x))), "reel-data"));
  CHECK(between(page, "<title>", "</title>") ==
        "&lt;/title&gt;&lt;script&gt;alert(&quot;2&quot;)&lt;/script&gt; &amp; &lt;!--REEL_DATA--&gt;");
  CHECK(data_of(page).find('<') == std::string::npos);
  const Parsed data = Parsed::parse(data_of(page));
  CHECK(data.at("nodes")[0].at("name") == "</script><script>alert(1)</script><!--");
  CHECK(data.at("nodes")[1].at("name") == "not UTF-8: \\xff");
  CHECK(data.at("title") == "</title><script>alert(\"2\")</script> & <!--REEL_DATA-->");
}

TEST_CASE("Tensors above max_elements are cropped") {
  const ConvLesson lesson;
  const Parsed data = Parsed::parse(data_of(page_of(lesson.tape, lesson.loss, {.max_elements = 16})));
  CHECK(data.at("nodes")[0].at("value").contains("crop"));  // x: 18 elements
  CHECK(data.at("nodes")[1].at("value").contains("data"));  // w: 16
}

TEST_CASE("A page's languages are those that it knows, and a translation without a title has the page's") {
  const ConvLesson lesson;
  const inspect::PageOptions options{
      .title = "One step",
      .translations = {{.language = "zh-CN", .story = "一。"}},
      .language = "zh_CN",
  };
  const Parsed data = Parsed::parse(data_of(page_of(lesson.tape, lesson.loss, options)));
  CHECK(data.at("language") == "zh");
  CHECK(data.at("translations").at("zh").at("title") == "One step");
  CHECK(data.at("translations").at("zh").at("story") == "一。");
  const auto in = [&](const std::string& language) {
    return error_of<Error>(
        [&] { page_of(lesson.tape, lesson.loss, {.translations = {{.language = language}}}); });
  };
  CHECK(in("xx") == "write_page: language is \"xx\", \"en\" or \"zh\" is wanted");
}

TEST_CASE("A page that cannot be written names its path, and leaves what was there") {
  const ConvLesson lesson;
  const reel_test::TempDir folder;
  const std::string missing = folder.path() / "no" / "step.html";
  CHECK(error_of<IoError>([&] { write_page(lesson.tape, lesson.loss, missing); }).find(missing) !=
        std::string::npos);
  const std::string unnamed = "write_page: the path is empty, the name of a file is wanted";
  CHECK(error_of<IoError>([&] { write_page(lesson.tape, lesson.loss, ""); }) == unnamed);
  CHECK(error_of<IoError>([&] { write_page(Trace(lesson.tape, lesson.loss), ""); }) == unnamed);
  const std::string path = folder.path() / "step.html";
  reel_test::write_file(path, "before");
  const auto write = [&](inspect::PageOptions options) {
    write_page(lesson.tape, lesson.loss, path, options);
  };
  CHECK(error_of<Error>([&] { write({.max_elements = 0}); }) ==
        "write_page: max_elements is 0, 1 or more is wanted");
  CHECK(reel_test::read_file(path) == "before");
  CHECK(error_of<Error>([&] { write_page(lesson.tape, lesson.z, path); }).find("trace (test_page.cpp:") == 0);
  CHECK(reel_test::read_file(path) == "before");
}

TEST_CASE("A page that could not be put in its place is not begun" *
          doctest::skip(geteuid() != 0)) {  // only root can make another user's file
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "page";
  reel_test::write_file(path, "old");
  std::filesystem::permissions(path, std::filesystem::perms{0666});
  std::filesystem::permissions(folder.path(), std::filesystem::perms{01777});
  const int status = reel_test::status_of_child([&] {
    const ConvLesson lesson;
    const Trace trace(lesson.tape, lesson.loss);
    const std::string refusal = error_of<IoError>([&] { write_page(trace, path); });
    if (!refusal.ends_with("so it cannot be replaced")) _exit(1);
  });
  CHECK(status == 0);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A page that would be too large says how large, and what makes it smaller") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({7'000'000}));
  const Var loss = sum(x);
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "step.html";
  const std::string error =
      error_of<Error>([&] { write_page(tape, loss, path, {.max_elements = 10'000'000}); });
  CHECK(
      error ==
      "write_page: the page would have 72 MiB, 64 at most are wanted; it shows tensors of up to 10000000 "
      "elements whole and crops larger ones: give a smaller max_elements, which in the terminal is html FILE "
      "max_elements");
  CHECK_FALSE(std::filesystem::exists(path));
  write_page(tape, loss, path);
  CHECK(std::filesystem::file_size(path) < 1 << 20);
}

TEST_CASE("LeNet-5 on one digit is a page of at most 1.5 MiB") {
  const reel_test::LeNetStep step;
  const std::string page = page_of(step.tape, step.loss);
  CHECK(page.size() <= 3 << 19);
  CHECK(data_of(page).find("\"crop\"") == std::string::npos);
}
