// Messages in the wire format of Protocol Buffers, written field by field. Internal: ONNX files and the event
// files of TensorBoard consist of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A message that grows by fields, in the order of the calls; a repeated field is written once for each of its
/// values. The format: https://protobuf.dev/programming-guides/encoding. A field number is one of the schema's,
/// from 1 on.
class ProtobufMessage {
 public:
  /// int32, int64, uint32, uint64, bool or enum: a varint, in two's complement.
  void integer(int field, std::int64_t value);
  /// float and double, as fixed32 and fixed64.
  void float32(int field, float value);
  void float64(int field, double value);
  /// string, which is to be UTF-8, or bytes.
  void bytes(int field, std::string_view value);
  void message(int field, const ProtobufMessage& value) { bytes(field, value.bytes()); }
  /// All values of a repeated field at once, [packed = true]; no values are no field.
  void packed(int field, std::span<const std::int64_t> values);
  void packed(int field, std::span<const float> values);

  /// What has been written.
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace reel::inline REEL_PRECISION
