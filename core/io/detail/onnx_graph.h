// The graph of an ONNX model as its file wants it. Internal: layers/export_onnx.h is for users.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <reel/core/io/detail/protobuf.h>
#include <reel/core/onnx.h>

namespace reel::inline REEL_PRECISION {

/// Grows by nodes, in an order in which each node's inputs are there before it. Every name of a value is unique, not
/// empty and UTF-8, and so is every node's. Numbers are written in float, whatever Scalar is.
/// The messages and the numbers of their fields: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
class OnnxGraph {
 public:
  /// A size, or the name of one that is left open.
  using Dim = std::variant<Index, onnx::Text>;

  void input(std::string_view name, std::span<const Dim> dims);
  void output(std::string_view name, std::span<const Dim> dims);
  void initializer(std::string_view name, const Tensor& value);
  void initializer(std::string_view name, std::span<const Index> values);
  void node(std::string_view name, std::string_view type, std::span<const std::string> inputs,
            std::string_view output, std::span<const onnx::Attribute> attributes);

  /// The model's bytes: IR version 8, the opset that is onnx::kOpset. An Error where they are more than the 2 GiB that
  /// a file may have.
  std::string model(std::string_view doc) const;

 private:
  ProtobufMessage graph_;
};

}  // namespace reel::inline REEL_PRECISION
