#include <reel/core/text/detail/printable.h>

#include <doctest/doctest.h>

#include <string>

#include <reel/core/error.h>
#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

using namespace reel;

TEST_CASE("Control characters are written out, all else stays") {
  CHECK(printable("a\x1b[2J\n\tb\x7f\r") == "a\\x1b[2J\\n\\x09b\\x7f\\x0d");
  CHECK(printable(std::string("\0a", 2)) == "\\x00a");
  CHECK(printable("caf\xc3\xa9 \xc2\xb5 \xe2\x96\x88 \xf0\x9f\x8e\x9e") ==
        "caf\xc3\xa9 \xc2\xb5 \xe2\x96\x88 \xf0\x9f\x8e\x9e");
  CHECK(printable("") == "");
  CHECK(printable("a \\ \" '") == "a \\ \" '");
}

TEST_CASE("The controls of C1 are written out as characters and as bare bytes") {
  CHECK(printable("\xc2\x9b[2J") == "\\u009b[2J");
  CHECK(printable("\x9b[2J") == "\\x9b[2J");
  CHECK(printable("\xc2\x80\xc2\x9f\xc2\xa0") == "\\u0080\\u009f\xc2\xa0");
}

TEST_CASE("What turns the direction of a line, or ends one, is written out") {
  CHECK(printable("\xe2\x80\xae"
                  "txt.exe") == "\\u202etxt.exe");
  CHECK(printable("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad") == "\\u202a\\u202b\\u202c\\u202d");
  CHECK(printable("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9") == "\\u2066\\u2067\\u2068\\u2069");
  CHECK(printable("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c") == "\\u200e\\u200f\\u061c");
  CHECK(printable("\xe2\x80\xa8\xe2\x80\xa9") == "\\u2028\\u2029");
}

TEST_CASE("Bytes that are no UTF-8 are written out") {
  CHECK(printable("\xff\xc2") == "\\xff\\xc2");
  CHECK(printable("\xe2\x80") == "\\xe2\\x80");           // cut off
  CHECK(printable("\xe2\x80z") == "\\xe2\\x80z");         // broken off
  CHECK(printable("\xc0\x8a") == "\\xc0\\x8a");           // an overlong line feed
  CHECK(printable("\xe0\x82\x9b") == "\\xe0\\x82\\x9b");  // an overlong C1
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("What is printable already stays") {
  const std::string once = printable("\x1b]0;title\x07 \xe2\x80\xae \x9b \n");
  CHECK(printable(once) == once);
}

TEST_CASE("A long message keeps its beginning and its end, cut between characters") {
  CHECK(one_line("a\nb") == "a\\nb");
  CHECK(one_line(std::string(4000, 'x')) == std::string(4000, 'x'));
  CHECK(one_line(std::string(80'000'000, 'x')) == std::string(3000, 'x') + " ... " + std::string(1000, 'x'));
  std::string wide = "a";
  for (int i = 0; i < 2000; i++) wide += "\xe2\x96\x88";
  CHECK(one_line(wide).find("\\x") == std::string::npos);
}

TEST_CASE("What an error says is one printable line, whatever name it quotes") {
  const std::string message = "a.npy: \"\x1b]52;c;AAAA\x07\" and \xe2\x80\xae and \x9b";
  CHECK(Error(message).what() == printable(message));
  CHECK(FormatError(message).what() == printable(message));
  CHECK(std::string(IoError(std::string(1'000'000, '\x1b')).what()).size() < 20'000);
}

TEST_CASE("The names of a trace have no control characters, and are found with and without") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("x\x1b[31m\n");
  const inspect::Trace trace(tape, sum(x));
  CHECK(trace.nodes()[0].name == "x\\x1b[31m\\n");
  CHECK(trace.find("x\\x1b[31m\\n") == 0);
  CHECK(trace.find("x\x1b[31m\n") == 0);
}
