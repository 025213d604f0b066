#include <reel/core/inspect/printable.h>

#include <doctest/doctest.h>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

using namespace reel;
using inspect::printable;

TEST_CASE("Control characters are written out, all else stays") {
  CHECK(printable("a\x1b[2J\n\tb\x7f") == "a\\x1b[2J\\n\\x09b\\x7f");
  CHECK(printable("caf\xc3\xa9 \xc2\xb5") == "caf\xc3\xa9 \xc2\xb5");
  CHECK(printable("\xc2\x9b"
                  "2J") == "\\x9b2J");
  CHECK(printable("\xff\xc2") == "\xff\xc2");
}

TEST_CASE("The names of a trace have no control characters, and are found with and without") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("x\x1b[31m\n");
  const inspect::Trace trace(tape, sum(x));
  CHECK(trace.nodes()[0].name == "x\\x1b[31m\\n");
  CHECK(trace.find("x\\x1b[31m\\n") == 0);
  CHECK(trace.find("x\x1b[31m\n") == 0);
}
