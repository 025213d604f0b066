#include <reel/core/io/detail/protobuf.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using reel::ProtobufMessage;

namespace {

// Of bytes that may be 0.
template <std::size_t n>
std::string raw(const char (&literal)[n]) {
  return {literal, n - 1};
}

std::string varint_field(int field, std::int64_t value) {
  ProtobufMessage message;
  message.integer(field, value);
  return message.bytes();
}

}  // namespace

TEST_CASE("an integer of a Protocol Buffers message is a varint") {
  CHECK(varint_field(1, 150) == "\x08\x96\x01");  // the example of the format's own page
  CHECK(varint_field(1, 0) == raw("\x08\x00"));
  CHECK(varint_field(1, 127) == "\x08\x7f");
  CHECK(varint_field(1, 128) == "\x08\x80\x01");
  CHECK(varint_field(15, 1) == "\x78\x01");
  CHECK(varint_field(16, 1) == "\x80\x01\x01");  // the key has grown
  CHECK(varint_field(2, -1) == "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  CHECK(varint_field(1, std::numeric_limits<std::int64_t>::max()) ==
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
}

TEST_CASE("real numbers of a Protocol Buffers message are little-endian") {
  ProtobufMessage message;
  message.float32(2, 1.5F);   // 0x3fc00000
  message.float64(1, -2.25);  // 0xc002000000000000
  CHECK(message.bytes() == raw("\x15\x00\x00\xc0\x3f\x09\x00\x00\x00\x00\x00\x00\x02\xc0"));
}

TEST_CASE("strings, bytes and messages in a Protocol Buffers message have their length before them") {
  ProtobufMessage inner, outer;
  inner.integer(1, 150);
  outer.bytes(2, "testing");
  outer.message(3, inner);
  outer.bytes(4, raw("\x00\xff"));
  outer.message(5, {});
  CHECK(outer.bytes() == raw("\x12\x07testing\x1a\x03\x08\x96\x01\x22\x02\x00\xff\x2a\x00"));
  ProtobufMessage longer;
  longer.bytes(1, std::string(300, 'x'));
  CHECK(longer.bytes() == raw("\x0a\xac\x02").append(300, 'x'));
}

TEST_CASE("a packed field of a Protocol Buffers message has all its values behind one key") {
  ProtobufMessage message;
  message.packed(6, std::vector<std::int64_t>{3, 270, 86942});  // the example of the format's own page
  message.packed(7, std::vector<float>{1, -2});
  message.packed(8, std::vector<std::int64_t>{});
  message.packed(9, std::vector<float>{});
  CHECK(message.bytes() == raw("\x32\x06\x03\x8e\x02\x9e\xa7\x05\x3a\x08\x00\x00\x80\x3f\x00\x00\x00\xc0"));
}
