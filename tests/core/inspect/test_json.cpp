#include <reel/core/inspect/detail/json.h>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "json_support.h"

using namespace reel;
using inspect::Json;

TEST_CASE("Values of JSON are texts: numbers to their last digit, infinities and NaN by name") {
  CHECK(Json().text() == "null");
  CHECK(Json(true).text() == "true");
  CHECK(Json(std::numeric_limits<Index>::min()).text() == "-9223372036854775808");
  CHECK(Json(0.1).text() == "0.1");
  CHECK(Json(4.0).text() == "4.0");
  CHECK(Json(INFINITY).text() == R"("inf")");
  CHECK(Json(-INFINITY).text() == R"("-inf")");
  CHECK(Json(-std::nan("")).text() == R"("nan")");
  const float third = 1.0f / 3;
  CHECK(reel_test::parsed(third).get<double>() == static_cast<double>(third));
}

TEST_CASE("A text of JSON is ASCII, whatever is in it") {
  CHECK(Json("a \"quoted\" \\ \n\x1b").text() == R"("a \"quoted\" \\ \n\u001b")");
  CHECK(Json("gr\u00f6\u00dfe \U0001F600").text() == R"("gr\u00f6\u00dfe \ud83d\ude00")");
  CHECK(Json(std::string("a\xff") + "b").text() == R"("a\ufffdb")");
}

TEST_CASE("Objects and arrays grow, and hold each other") {
  CHECK(Json::array().text() == "[]");
  CHECK(Json::array().empty());
  CHECK(Json::object().text() == "{}");
  Json object{{"a", 1}, {"b", {{"c", Json()}}}};
  CHECK(object.text() == R"({"a":1,"b":{"c":null}})");
  Json list = Json::array();
  list.push_back(object);
  list.push_back("d");
  CHECK_FALSE(list.empty());
  object.add({{"list", list}, {"e\"f", std::vector<std::vector<double>>{{1, 2}, {}}}});
  CHECK(object.text() ==
        R"({"a":1,"b":{"c":null},"list":[{"a":1,"b":{"c":null}},"d"],"e\"f":[[1.0,2.0],[]]})");
  CHECK(Json(std::array<Json, 2>{1, "x"}).text() == R"([1,"x"])");
}
