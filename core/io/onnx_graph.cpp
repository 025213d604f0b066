// The library of Protocol Buffers would bring a compiler of schemas and a runtime for the dozen fields that are
// written here, each by its number.
#include <reel/core/io/detail/onnx_graph.h>

#include <array>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::int64_t kFloat = static_cast<int>(onnx::Type::kFloat),
                       kInt64 = static_cast<int>(onnx::Type::kInt64);
constexpr int kIrVersion = 8;

// Of the fields of an attribute, which is the value's, and of its type; AttributeProto.
ProtobufMessage message_of(const onnx::Attribute& attribute) {
  ProtobufMessage message;
  message.bytes(1, attribute.name);
  struct Writer {
    ProtobufMessage& to;
    void operator()(Index value) const { to.integer(3, value), to.integer(20, 2); }
    void operator()(double value) const { to.float32(2, static_cast<float>(value)), to.integer(20, 1); }
    void operator()(const onnx::Text& value) const { to.bytes(4, value.text), to.integer(20, 3); }
    void operator()(const std::vector<Index>& values) const {
      for (const Index value : values) to.integer(8, value);
      to.integer(20, 7);
    }
  };
  std::visit(Writer{message}, attribute.value);
  return message;
}

// ValueInfoProto of a tensor in float.
ProtobufMessage message_of(std::string_view name, std::span<const OnnxGraph::Dim> dims) {
  ProtobufMessage shape, tensor, type, value;
  for (const OnnxGraph::Dim& dim : dims) {
    ProtobufMessage message;
    if (const auto* const size = std::get_if<Index>(&dim))
      message.integer(1, *size);
    else
      message.bytes(2, std::get<onnx::Text>(dim).text);
    shape.message(1, message);
  }
  tensor.integer(1, kFloat);
  tensor.message(2, shape);
  type.message(1, tensor);
  value.bytes(1, name);
  value.message(2, type);
  return value;
}

// TensorProto but for its values.
ProtobufMessage header_of(std::string_view name, std::span<const Index> sizes, std::int64_t type) {
  ProtobufMessage tensor;
  for (const Index size : sizes) tensor.integer(1, size);
  tensor.integer(2, type);
  tensor.bytes(8, name);
  return tensor;
}

}  // namespace

void OnnxGraph::input(std::string_view name, std::span<const Dim> dims) {
  graph_.message(11, message_of(name, dims));
}

void OnnxGraph::output(std::string_view name, std::span<const Dim> dims) {
  graph_.message(12, message_of(name, dims));
}

void OnnxGraph::initializer(std::string_view name, const Tensor& value) {
  ProtobufMessage tensor = header_of(name, value.shape().sizes(), kFloat);
  const std::vector<float> numbers(value.values().begin(), value.values().end());
  tensor.packed(4, std::span(numbers));
  graph_.message(5, tensor);
}

void OnnxGraph::initializer(std::string_view name, std::span<const Index> values) {
  ProtobufMessage tensor = header_of(name, std::array{static_cast<Index>(values.size())}, kInt64);
  tensor.packed(7, values);
  graph_.message(5, tensor);
}

void OnnxGraph::node(std::string_view name, std::string_view type, std::span<const std::string> inputs,
                     std::string_view output, std::span<const onnx::Attribute> attributes) {
  ProtobufMessage node;
  for (const std::string& input : inputs) node.bytes(1, input);
  node.bytes(2, output);
  node.bytes(3, name);
  node.bytes(4, type);
  for (const onnx::Attribute& attribute : attributes) node.message(5, message_of(attribute));
  graph_.message(1, node);
}

std::string OnnxGraph::model(std::string_view doc) const {
  ProtobufMessage graph = graph_, opset, model;
  graph.bytes(2, "reel");
  opset.bytes(1, "");
  opset.integer(2, onnx::kOpset);
  model.integer(1, kIrVersion);
  model.bytes(2, "Reel");
  model.bytes(6, doc);
  model.message(7, graph);
  model.message(8, opset);
  if (model.bytes().size() > std::numeric_limits<std::int32_t>::max()) {
    throw Error(fmt::format("the ONNX model has {} bytes, a file may have 2^31 - 1", model.bytes().size()));
  }
  return model.bytes();
}

}  // namespace reel::inline REEL_PRECISION
