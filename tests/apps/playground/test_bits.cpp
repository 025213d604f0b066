// The same seed gives the same weights in a browser, under node and here, where the kernels are those of x86-64-v2:
// no set of instructions of WebAssembly fuses multiplications with additions. tests/browser/playground/bits.test.mjs is the other half.
#include <doctest/doctest.h>

#include <reel/core/kernels/detail/machine.h>

#include "playground/answers.h"
#include "support.h"

using namespace reel;
using namespace reel::playground;

TEST_CASE("LeNet's weights have the bits that WebAssembly gives, by the kernels of x86-64-v2") {
  if (std::string_view(kernels::instruction_set()) != "x86-64-v2") return;
  const Json bits = Json::parse(reel_test::read_file(REEL_TEST_DATA "/apps/playground/bits.json"));
  Answers answers;
  const auto ask = [&](const Json& question) { return Json::parse(answers.answer(question.dump())); };
  ask(bits["start"]);
  ask({{"ask", "train"}, {"steps", bits["steps"]}});
  CHECK(ask({{"ask", "hash"}})["hash"] == bits["hash"]);
}
