#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/layers/detail/onnx_outline.h>
#include <reel/reel.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "lenet.h"
#include "own_op.h"
#include "support.h"

using namespace reel;
using doctest::Contains;

// What the files say is run by ONNX Runtime and held against the ONNX library in tests/onnx.

namespace {

struct OnnxFile {
  reel_test::TempDir folder;
  std::string path = (folder.path() / "net.onnx").string();

  std::vector<std::string> notes(const std::function<Var(Var)>& f, const Shape& input = {1, 2}) const {
    Lambda net{f};
    return export_onnx(net, input, path);
  }
  std::string bytes() const { return reel_test::read_file(path); }
  bool exists() const { return std::filesystem::exists(path); }
};

// A number of Protocol Buffers: seven bits of each byte, the lowest first; it is taken off `bytes`.
std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(0));
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// The fields of a message that have this number, of those that are bytes.
std::vector<std::string_view> fields_of(std::string_view message, std::uint64_t number) {
  std::vector<std::string_view> fields;
  while (!message.empty()) {
    const std::uint64_t tag = take_varint(message);
    if (tag % 8 == 5) {
      message.remove_prefix(4);
    } else if (const std::uint64_t value = take_varint(message); tag % 8 == 2) {
      if (tag / 8 == number) fields.push_back(message.substr(0, value));
      message.remove_prefix(value);
    }
  }
  return fields;
}

// That the outline of a network has the operators of its file, in the file's order.
std::vector<OnnxPart> checked_outline(Module& net, const Shape& input) {
  const OnnxFile file;
  export_onnx(net, input, file.path);
  const std::string model = file.bytes();
  std::vector<std::string> in_file, in_outline;
  for (const std::string_view node : fields_of(fields_of(model, 7).at(0), 1))
    in_file.emplace_back(fields_of(node, 4).at(0));
  const std::vector<OnnxPart> parts = onnx_outline(net, input);
  for (std::size_t i = 0; i < parts.size(); i++) {
    in_outline.insert(in_outline.end(), parts[i].operators.begin(), parts[i].operators.end());
    for (const std::size_t before : parts[i].inputs) CHECK(before < i);
  }
  CHECK(in_outline == in_file);
  return parts;
}

}  // namespace

TEST_CASE("The outline of a network has the operators of its file, with layers, weights and sizes") {
  reel_test::LeNet net;
  const std::vector<OnnxPart> parts = checked_outline(net, {1, 1, 28, 28});
  REQUIRE(parts.size() > 3);
  CHECK(parts.front().name == "input");
  CHECK(parts.front().shape == "[N,1,28,28]");
  CHECK(parts.front().operators.empty());
  CHECK(parts[1].scope == "conv1");
  CHECK(parts[1].op == "conv2d");
  CHECK(parts[1].weight == net.conv1.weight.value.shape());
  CHECK(parts[2].inputs == std::vector<std::size_t>{1});
  CHECK(parts.back().name == "output");
  CHECK(parts.back().op.empty());
}

TEST_CASE("What one op or tensor becomes several operators for is one part of the outline") {
  struct Net : Module {
    Tensor& offset = add_buffer("offset", Tensor::from({3}, {1, 2, 3}));
    Var forward(Var x) override {
      const Var each = x.tape().input(Tensor::ones({x.size(0), 3}));  // as many rows as samples
      return gelu(x * x) + x.tape().input(offset.reshape({1, 3})) + each;
    }
  } net;
  const std::vector<OnnxPart> parts = checked_outline(net, {1, 3});
  using Inputs = std::vector<std::size_t>;
  const auto of = [&](const std::string& op) {
    const auto part = std::ranges::find(parts, op, &OnnxPart::op);
    REQUIRE(part != parts.end());
    return *part;
  };
  CHECK(of("gelu").operators == std::vector<std::string>{"Div", "Erf", "Add", "Div", "Mul"});
  CHECK(of("mul").inputs == Inputs{0});
  CHECK(std::ranges::count(parts, std::vector<std::string>{"Reshape"}, &OnnxPart::operators) == 1);
  CHECK(std::ranges::count(parts, std::vector<std::string>{"Shape", "Concat", "Expand"},
                           &OnnxPart::operators) == 1);
}

TEST_CASE("An ONNX file has the names of the state_dict and leaves the module as it is") {
  const OnnxFile file;
  reel_test::LeNet net;
  net.conv1.weight.trainable = false;
  const GeneratorState before = generator_state();
  CHECK(export_onnx(net, {1, 1, 28, 28}, file.path).empty());
  CHECK(net.is_training());
  CHECK(generator_state() == before);
  for (const auto& named : net.named_parameters()) {
    CAPTURE(named.first);
    CHECK(file.bytes().find(named.first) != std::string::npos);
  }
}

TEST_CASE("An op without a form in ONNX is named with its layer, and the file that was there stays") {
  const OnnxFile file;
  reel_test::write_file(file.path, "before");
  struct Net : Module {
    Lambda& part = add("part", Lambda{[](Var x) { return reel_test::own_op("own", x); }});
    Var forward(Var x) override { return part(x); }
  } net;
  CHECK_THROWS_WITH_AS(export_onnx(net, {1, 2}, file.path), Contains("own \"part\" (own_op.h:"), Error);
  CHECK_THROWS_WITH_AS(export_onnx(net, {1, 2}, file.path), Contains("has no form in ONNX's opset 17"),
                       Error);
  CHECK_THROWS_WITH_AS(file.notes([](Var x) { return dropout(x); }), Contains("dropout"), Error);
  CHECK(file.bytes() == "before");
}

TEST_CASE("What forward did because of its input's numbers is said") {
  const OnnxFile file;
  const auto ways = file.notes([](Var x) { return x.value().at(0, 0) == 0 ? x : exp(x); });
  REQUIRE(ways.size() == 1);
  CHECK(ways[0].find("takes another way for another input, from \"exp\" on") != std::string::npos);
  const auto constants = file.notes([](Var x) { return x + x.detach(); });
  REQUIRE(constants.size() == 1);
  CHECK(constants[0].find("\"input2\" of its input's numbers outside of the tape") != std::string::npos);
  CHECK(file.bytes().find(constants[0]) != std::string::npos);
  CHECK(file.notes([](Var x) { return x + x.tape().input(Tensor::ones({2})); }).empty());
}

TEST_CASE(
    "What depends on the number of samples otherwise than ONNX can say is an error that knows a way out") {
  const OnnxFile file;
  const auto repeated = [](Var x) {
    for (Index n = 0; n < x.size(0); n++) x = exp(x);
    return x;
  };
  CHECK_THROWS_WITH_AS(file.notes(repeated),
                       Contains("records other ops for 3 samples than for 2, from \"exp3\" on"), Error);
  const auto halves = [](Var x) { return slice(x, 0, {0, x.size(0) - 1}); };
  CHECK_THROWS_WITH_AS(file.notes(halves), Contains("{.batch = 1}"), Error);
  CHECK_THROWS_WITH_AS(file.notes([](Var x) {
    return x + x.tape().input(Tensor::arange(static_cast<Scalar>(x.size(0))).reshape({-1, 1}));
  }),
                       Contains("depends on the number of samples"), Error);
  CHECK_FALSE(file.exists());
  Lambda net{halves};
  CHECK(export_onnx(net, {1, 2}, file.path, {.batch = 4}).empty());
}

TEST_CASE(
    "A reshaped buffer keeps its name and its new shape; another number of rows than samples is refused") {
  const OnnxFile file;
  struct Net : Module {
    Tensor& offset = add_buffer("offset", Tensor::from({3}, {1, 2, 3}));
    Var forward(Var x) override { return x - x.tape().input(offset.reshape({3, 1})); }
  } net;
  CHECK(export_onnx(net, {1, 3, 4}, file.path).empty());
  CHECK(file.bytes().find("offset") != std::string::npos);
  CHECK(file.bytes().find("Reshape") != std::string::npos);
  const auto two_a_sample = [](Var x) {
    return reshape(x, {-1, 1}) + x.tape().input(Tensor::zeros({2 * x.size(0), 1}));
  };
  CHECK_THROWS_WITH_AS(file.notes(two_a_sample), Contains("depends on the number of samples"), Error);
}

TEST_CASE("Numbers that an op holds and that the input's numbers made are said; random ones are an error") {
  const OnnxFile file;
  const auto scaled = file.notes([](Var x) { return x * x.value().at(0, 0); });
  REQUIRE(scaled.size() == 1);
  CHECK(scaled[0].find("numbers of \"mul\"") != std::string::npos);
  const auto masked = file.notes([](Var x) { return where(x.value().clone(), x, Scalar(0)); });
  CHECK(masked.size() == 1);
  CHECK_THROWS_WITH_AS(file.notes([](Var x) {
    return x + x.tape().input(Tensor::randn({1, 2}));
  }),
                       Contains("draws random numbers for \"input2\""), Error);
}

TEST_CASE("export_onnx refuses inputs that are no batch, and a batch below 0") {
  const OnnxFile file;
  Lambda net{[](Var x) { return x; }};
  CHECK_THROWS_WITH_AS(export_onnx(net, Shape{}, file.path), Contains("the input is a scalar"), ShapeError);
  CHECK_THROWS_WITH_AS(export_onnx(net, Tensor(), file.path), Contains("an example is undefined"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(export_onnx(net, Tensor::zeros({0, 2}), file.path), Contains("an example is [0,2]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(export_onnx(net, {1, 2}, file.path, {.batch = -1}), Contains("batch is -1"), Error);
  CHECK_THROWS_AS(export_onnx(net, {1, 2}, (file.folder.path() / "none" / "net.onnx").string()), IoError);
}

TEST_CASE("An ONNX file may be written through a link, and names that are no text are written out") {
  const OnnxFile file;
  const auto link = file.folder.path() / "link.onnx";
  std::filesystem::create_symlink(file.path, link);
  struct Net : Module {
    Parameter& odd = add_parameter("\xff\n", Tensor::ones({2}));
    Var forward(Var x) override { return x * x.tape().parameter(odd); }
  } net;
  export_onnx(net, {1, 2}, link.string());
  CHECK(std::filesystem::is_symlink(link));
  CHECK(file.bytes().find("\\xff\\n") != std::string::npos);
}
