// The same seed gives the same weights in a browser, under node, and here, by the kernels of x86-64-v2: neither they nor
// WebAssembly fuse multiplications with additions. tests/browser/playground/bits.test.mjs is the other half.
#include <doctest/doctest.h>

#include <reel/core/kernels/detail/machine.h>

#include "playground/answers.h"
#include "support.h"

using namespace reel;
using namespace reel::playground;

TEST_CASE("LeNet's weights have the bits that WebAssembly gives, by the kernels of x86-64-v2") {
  REQUIRE(std::string_view(kernels::instruction_set()) == "x86-64-v2");
  const Json bits = Json::parse(reel_test::read_file(REEL_TEST_DATA "/apps/playground/bits.json"));
  Answers answers;
  const auto ask = [&](const Json& question) { return Json::parse(answers.answer(question.dump())); };
  ask(bits["start"]);
  ask({{"ask", "train"}, {"steps", bits["steps"]}});
  CHECK(ask({{"ask", "hash"}})["hash"] == bits["hash"]);
}
