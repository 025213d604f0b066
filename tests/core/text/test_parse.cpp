#include <reel/core/text/detail/parse.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <doctest/doctest.h>

#include <reel/core/scalar.h>

using namespace reel;

TEST_CASE("A whole text is parsed as a number, or none is") {
  CHECK(parsed<Index>("-12") == -12);
  CHECK(parsed<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parsed<double>("0.1") == 0.1);
  CHECK(parsed<double>("-2.5e-3") == -2.5e-3);
  CHECK(parsed<double>("4.9406564584124654e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(parsed<double>("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(parsed<double>("nan").value()));
  for (const char* none : {"", " 1", "1 ", "+1", "1x", "0x10", "1,5", "one", "--1"}) {
    CAPTURE(none);
    CHECK(parsed<Index>(none) == std::nullopt);
    CHECK(parsed<double>(none) == std::nullopt);
  }
  CHECK(parsed<Index>("9223372036854775808") == std::nullopt);
  CHECK(parsed<double>("1e400") == std::nullopt);
}
