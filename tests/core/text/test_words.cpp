#include <reel/core/text/detail/words.h>

#include <doctest/doctest.h>

using namespace reel;

TEST_CASE("Words of a line") {
  CHECK(trimmed(" \ts 3\r\n") == "s 3");
  CHECK(trimmed(" \t").empty());
  CHECK(split_first("set  w[0, 1] 3") == std::pair<std::string_view, std::string_view>("set", "w[0, 1] 3"));
  CHECK(split_first("where") == std::pair<std::string_view, std::string_view>("where", ""));
  CHECK(split_last("w[0, 1]  3") == std::pair<std::string_view, std::string_view>("w[0, 1]", "3"));
  CHECK(split_last("w") == std::pair<std::string_view, std::string_view>("", "w"));
}

TEST_CASE("A number is all of its word") {
  CHECK(parse_number("-1.5e2") == -150);
  CHECK(parse_number("+1.5") == 1.5);
  CHECK(parse_integer("-12") == -12);
  for (const char* word : {"", "1x", "x", "1 2", "--1", "+-1", "++1"}) {
    CHECK_FALSE(parse_number(word));
    CHECK_FALSE(parse_integer(word));
  }
  CHECK_FALSE(parse_integer("1.5"));
  CHECK_FALSE(parse_integer("99999999999999999999"));
}

TEST_CASE("A remark begins with a # behind a blank; the # of a node is none") {
  CHECK(without_remark("check w[0,1,0,1] 0.5  # -4 again") == "check w[0,1,0,1] 0.5");
  CHECK(without_remark("print #3[0] # a node") == "print #3[0]");
  CHECK(without_remark("print #3") == "print #3");
  CHECK(without_remark("list #") == "list");
  CHECK(without_remark("print z #before the relu") == "print z");
  CHECK(without_remark("html my #2.html") == "html my #2.html");
  CHECK(without_remark("html a#b.html") == "html a#b.html");
  CHECK(without_remark("") == "");
}
