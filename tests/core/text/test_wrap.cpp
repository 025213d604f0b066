#include <reel/core/text/detail/wrap.h>

#include <doctest/doctest.h>

#include <string>

using reel::fits;
using reel::wrapped;

TEST_CASE("Lines that are too wide are broken between words and numbers, the rest a little deeper") {
  CHECK(wrapped("  dw[0,0] = -0.00141197  0.25\nshort\n", 20) ==
        "  dw[0,0] =\n      -0.00141197\n      0.25\nshort\n");
  CHECK(wrapped("1234567890 1234567890 12", 10) == "1234567890\n    1234567890\n    12");
}

TEST_CASE("A text fits where its longest line does, in characters") {
  CHECK(fits("ab\näöü\n", 3));
  CHECK_FALSE(fits("ab\näöü\n", 2));
  CHECK(fits("any width", 0));
}

TEST_CASE("What fits stays, and so does all where no width is given") {
  CHECK(wrapped("ab cd\n\n  ef\n", 5) == "ab cd\n\n  ef\n");
  CHECK(wrapped("ab cd ef gh\n", 0) == "ab cd ef gh\n");
  CHECK(wrapped("", 5) == "");
}

TEST_CASE("Characters are counted, not bytes, and a word that is too long stays whole") {
  CHECK(wrapped("äöüä öüäö\n", 9) == "äöüä öüäö\n");
  CHECK(wrapped("a conv1.weight[0,0,2,2] b\n", 8) == "a\n    conv1.weight[0,0,2,2]\n    b\n");
  CHECK(wrapped("   \n" + std::string(300, 'x') + "\n", 1) == "   \n" + std::string(300, 'x') + "\n");
}
