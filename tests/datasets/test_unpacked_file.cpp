#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/detail/unpacked_file.h>

#include "compare_support.h"
#include "datasets/idx_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;

namespace {

// All of a file with this content, asked for in pieces, and whether it was cut short.
struct Unpacked {
  std::string text;
  bool cut;
};
Unpacked unpacked(const std::string& content, std::size_t piece) {
  const TempDir folder;
  write_file(folder.path() / "data", content);
  UnpackedFile file(folder.path() / "data");
  Unpacked result{};
  std::vector<std::uint8_t> bytes(piece);
  while (const std::size_t count = file.read(bytes))
    result.text.append(reinterpret_cast<const char*>(bytes.data()), count);
  result.cut = file.cut_short();
  return result;
}

}  // namespace

TEST_CASE("A file is read whole in pieces of any size, plain, packed, and packed in several streams") {
  const std::string text(200'000, 'x');
  for (const std::size_t piece : {1000ul, 65536ul, 200'000ul, 1'000'000ul}) {
    for (const std::string& content :
         {text, gzip(text), gzip(text.substr(0, 70'000)) + gzip(text.substr(70'000)), gzip(text) + "junk"}) {
      const Unpacked result = unpacked(content, piece);
      CHECK(result.text == text);
      CHECK_FALSE(result.cut);
    }
  }
  CHECK(unpacked("", 10).text.empty());
  CHECK(unpacked("\x1f", 10).text == "\x1f");
}

TEST_CASE("A gzip stream that lacks any of its last bytes is cut short, whatever was asked for") {
  const std::string text(200'000, 'x'), packed = gzip(text);
  for (std::size_t lacking = 1; lacking <= 12; lacking++) {
    for (const std::size_t piece : {1000ul, 200'000ul, 1'000'000ul}) {
      const std::string content = packed.substr(0, packed.size() - lacking);
      CHECK(unpacked(content, piece).cut);
    }
  }
}

TEST_CASE("A file that is no gzip stream although it starts like one is refused") {
  const auto refusal = [](const std::string& content) {
    return error_of<FormatError>([&] { unpacked(content, 100); });
  };
  std::string bad_method = gzip("text"), bad_checksum = bad_method;
  bad_method[2] = 9;
  bad_checksum[bad_checksum.size() - 6] ^= 1;
  for (const std::string& content : {bad_method, bad_checksum}) {
    CHECK(contains(refusal(content), "damaged gzip file"));
    CHECK(contains(refusal(content), "remove it and fetch it again"));
  }
}
