#include <reel/core/io/detail/checksum.h>

#include <numeric>
#include <string>

#include <doctest/doctest.h>

using reel::Crc32;
using reel::crc32c;

TEST_CASE("Crc32 has the check value of the catalogue of CRCs, however the bytes are cut") {
  Crc32 whole, parts, none;
  whole.add("123456789");
  for (const char* part : {"1", "", "2345", "6789"}) parts.add(part);
  CHECK(whole.text() == "cbf43926");
  CHECK(parts.text() == "cbf43926");
  CHECK(none.text() == "00000000");
}

TEST_CASE("crc32c has the values of RFC 3720, section B.4") {
  std::string rising(32, '\0');
  std::iota(rising.begin(), rising.end(), '\0');
  const std::string falling(rising.rbegin(), rising.rend());
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
  CHECK(crc32c(rising) == 0x46dd794eu);
  CHECK(crc32c(falling) == 0x113fdb5cu);
  CHECK(crc32c("123456789") == 0xe3069283u);  // of the catalogue of CRCs
  CHECK(crc32c("") == 0);
}
