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

TEST_CASE("A wide character takes two columns") {
  CHECK(fits("步幅 2", 6));
  CHECK_FALSE(fits("步幅 2", 5));
  CHECK(reel::width_of("填充，ä×3") == 9);
  CHECK(reel::width_of("\xe6\xad") == 2);  // no character: each byte is one
}

TEST_CASE("Chinese is broken beside its characters, but not before what closes nor behind what opens") {
  CHECK(wrapped("卷积核在图像上", 8) == "卷积核在\n    图像\n    上");
  CHECK(wrapped("卷积核w在图", 9) == "卷积核w在\n    图");
  CHECK(wrapped("卷积核z[0,0]", 8) == "卷积核\n    z[0,0]");
  CHECK(wrapped("卷积，核", 4) == "卷\n  积，\n  核");
  CHECK(wrapped("卷积（核）", 6) == "卷积\n   （核）");
  CHECK(wrapped("步幅 是 2", 6) == "步幅\n   是\n   2");
}

TEST_CASE("Paragraphs are parted by empty lines, and their lines are one") {
  using Paragraphs = std::vector<std::string>;
  CHECK(reel::paragraphs_of("ab\n  cd\n \t\n\nef\n") == Paragraphs{"ab cd", "ef"});
  CHECK(reel::paragraphs_of(" \n").empty());
  CHECK(reel::paragraphs_of("卷积\n核w\n在") == Paragraphs{"卷积核w 在"});
  CHECK(reel::paragraphs_of("步幅，\nz\n（核）") == Paragraphs{"步幅，z（核）"});
  CHECK(reel::paragraphs_of("한국\n말") == Paragraphs{"한국 말"});
}
