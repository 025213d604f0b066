#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/reel.h>

#include <filesystem>

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

}  // namespace

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
