#include <reel/core/io/detail/checksum.h>

#include <doctest/doctest.h>

using reel::Crc32;

TEST_CASE("Crc32 has the check value of the catalogue of CRCs, however the bytes are cut") {
  Crc32 whole, parts, none;
  whole.add("123456789");
  for (const char* part : {"1", "", "2345", "6789"}) parts.add(part);
  CHECK(whole.text() == "cbf43926");
  CHECK(parts.text() == "cbf43926");
  CHECK(none.text() == "00000000");
}
