// Each field is a key, which is the number of the field and how its value is written, and the value. By hand, where
// there is libprotobuf: these lines are all that is needed of it, and two versions of it do not go together in one
// program, say one that links libtorch, too.
#include <reel/core/io/detail/protobuf.h>

#include <bit>

#include <reel/core/io/detail/little_endian.h>

namespace reel::inline REEL_PRECISION {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Seven bits a byte, the lowest first; the highest bit says that there are more.
void append_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

void append_key(std::string& bytes, int field, WireType type) {
  append_varint(bytes, static_cast<std::uint64_t>(field) << 3 | type);
}

}  // namespace

void ProtobufMessage::integer(int field, std::int64_t value) {
  append_key(bytes_, field, kVarint);
  append_varint(bytes_, static_cast<std::uint64_t>(value));
}

void ProtobufMessage::float32(int field, float value) {
  append_key(bytes_, field, kFixed32);
  bytes_ += little_endian(std::bit_cast<std::uint32_t>(value));
}

void ProtobufMessage::float64(int field, double value) {
  append_key(bytes_, field, kFixed64);
  bytes_ += little_endian(std::bit_cast<std::uint64_t>(value));
}

void ProtobufMessage::bytes(int field, std::string_view value) {
  append_key(bytes_, field, kLengthDelimited);
  append_varint(bytes_, value.size());
  bytes_ += value;
}

void ProtobufMessage::packed(int field, std::span<const std::int64_t> values) {
  if (values.empty()) return;
  std::string packed;
  for (const std::int64_t value : values) append_varint(packed, static_cast<std::uint64_t>(value));
  bytes(field, packed);
}

void ProtobufMessage::packed(int field, std::span<const float> values) {
  if (values.empty()) return;
  std::string packed;
  for (const float value : values) packed += little_endian(std::bit_cast<std::uint32_t>(value));
  bytes(field, packed);
}

}  // namespace reel::inline REEL_PRECISION
