#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/reel.h>

#include <filesystem>
#include <limits>
#include <memory>
#include <vector>

#include "lenet.h"
#include "own_op.h"
#include "support.h"

using namespace reel;
using doctest::Contains;

// What the headers compute is compiled and held against Reel in tests/c.

namespace {

struct CFile {
  reel_test::TempDir folder;
  std::string path = (folder.path() / "net.h").string();

  std::vector<std::string> notes(const std::function<Var(Var)>& f, const Shape& input = {1, 2}) const {
    Lambda net{f};
    return export_c(net, input, path);
  }
  std::string text_of(const std::function<Var(Var)>& f, const Shape& input = {1, 2}) const {
    notes(f, input);
    return text();
  }
  std::string text() const { return reel_test::read_file(path); }
};

Index count_of(const std::string& text, const std::string& what) {
  Index count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) count++;
  return count;
}

// The largest of each cell of x [1,1,2,2] alone, with a row and a column of `number` before or behind them.
struct PooledRim : Op {
  PooledRim(bool before, double number)
      : pads(before ? std::vector<Index>{0, 0, 1, 1, 0, 0, 0, 0}
                    : std::vector<Index>{0, 0, 0, 0, 0, 0, 1, 1}),
        rim(number) {}
  std::string_view name() const override { return "pooled_rim"; }
  Tensor forward(std::span<const Tensor>) override { return Tensor::zeros({1, 1, 3, 3}); }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.in_onnx = [this] {
      const std::vector<Index> one{1, 1};
      const onnx::Operator padded{"Pad", {onnx::Input{0}, pads, onnx::number(rim)}};
      return onnx::Operator{"MaxPool",
                            {padded},
                            {{"kernel_shape", one},
                             {"strides", one},
                             {"dilations", one},
                             {"pads", std::vector<Index>{0, 0, 0, 0}}}};
    }};
  }
  std::vector<Index> pads;
  double rim;
};

}  // namespace

TEST_CASE("A C header has the weights and a loop for each op, and leaves the module as it is") {
  const CFile file;
  reel_test::LeNet net;
  const GeneratorState before = generator_state();
  CHECK(export_c(net, {1, 1, 28, 28}, file.path).empty());
  CHECK(net.is_training());
  CHECK(generator_state() == before);
  const std::string text = file.text();
  CHECK(count_of(text, "static inline void net(const float* in, float* out) {") == 1);
  CHECK(count_of(text, "static const float net_conv2_weight[2400] = {") == 1);
  CHECK(count_of(text, "static const float net_fc1_weight[48000] = {") == 1);
  CHECK(text.find("/* conv2d \"conv1\" (lenet.h:") != text.npos);
  CHECK(text.find("dst[n, o, i, j] = sum over c, u, v of src[n, c, i + u - 2, j + v - 2] * "
                  "conv1.weight[o, c, u, v] + conv1.bias[o] */") != text.npos);
  CHECK(text.find("246824 bytes of constants, 23520 bytes of static arrays") != text.npos);
  CHECK(text.find("#ifdef NET_SELF_TEST") != text.npos);
}

TEST_CASE("A C header has few arrays to work in, and writes what stays the same but once") {
  const CFile file;
  const auto chain = [](Var x) { return exp(relu(exp(exp(x)))); };
  CHECK(count_of(file.text_of(chain), "static float net_scratch") == 1);
  const auto kept = [](Var x) {
    const Var y = exp(x);
    return exp(relu(y)) * y;
  };
  CHECK(count_of(file.text_of(kept), "static float net_scratch") == 2);
  const auto reshaped = [](Var x) { return reshape(exp(reshape(x, {2, 1})), {1, 2}); };
  CHECK(count_of(file.text_of(reshaped), "static float net_scratch") == 0);
  CHECK(count_of(file.text(), "for (int i") == 1 + 1);  // that of exp and that of the self-test
  struct Net : Module {
    Parameter& w = add_parameter("w", Tensor::ones({2, 2}));
    Var forward(Var x) override {
      const Var weight = exp(x.tape().parameter(w));
      return linear(linear(x, weight), weight);
    }
  } net;
  export_c(net, {1, 2}, file.path);
  CHECK(count_of(file.text(), "static const float") == 1 + 2);  // the weight, and those of the self-test
  CHECK(file.text().find("expf") == file.text().npos);
}

TEST_CASE("An op without a form in C is named with its layer, and the file that was there stays") {
  const CFile file;
  reel_test::write_file(file.path, "before");
  struct Net : Module {
    Lambda& part = add("part", Lambda{[](Var x) { return reel_test::own_op("own", x); }});
    Var forward(Var x) override { return part(x); }
  } net;
  CHECK_THROWS_WITH_AS(export_c(net, {1, 2}, file.path), Contains("own \"part\" (own_op.h:"), Error);
  CHECK_THROWS_WITH_AS(export_c(net, {1, 2}, file.path), Contains("has no form in C"), Error);
  CHECK_THROWS_WITH_AS(file.notes([](Var x) { return dropout(x); }), Contains("dropout"), Error);
  const auto looked_up = [](Var x) { return embedding(x.tape().input(Tensor::ones({1, 3})), relu(x) * 0); };
  CHECK_THROWS_WITH_AS(file.notes(looked_up), Contains("embedding"), Error);
  CHECK_THROWS_WITH_AS(file.notes([](Var x) { return slice(x, 0, {0, 0}); }), Contains("is [0,2]"), Error);
  CHECK(file.text() == "before");
}

TEST_CASE("A max pooling of what is padded has a form in C where -infinity is behind the end alone") {
  const CFile file;
  const auto write = [&](bool before, double number) {
    const auto pool = [=](Var x) { return x.tape().apply(std::make_unique<PooledRim>(before, number), {x}); };
    file.notes(pool, {1, 1, 2, 2});
  };
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  write(false, kLowest);
  CHECK_THROWS_WITH_AS(write(true, kLowest), Contains("has no form in C"), Error);
  CHECK_THROWS_WITH_AS(write(false, 0), Contains("has no form in C"), Error);
}

TEST_CASE("A C header says what forward did because of its input's numbers") {
  const CFile file;
  const auto ways = file.notes([](Var x) { return x.value().at(0, 0) == 0 ? x : exp(x); });
  REQUIRE(ways.size() == 1);
  CHECK(ways[0].find("takes another way for another input, from \"exp\" on") != std::string::npos);
  CHECK(file.text().find(" * Note: forward() takes another way") != std::string::npos);
}

TEST_CASE("What is called in a C header follows from the file's name or is given") {
  const CFile file;
  Lambda net{[](Var x) { return exp(x); }};
  const auto function_of = [&](const std::string& name, ExportCOptions options = {}) {
    const std::string path = (file.folder.path() / name).string();
    export_c(net, {1, 2}, path, options);
    const std::string text = reel_test::read_file(path), begin = "static inline void ";
    const std::size_t at = text.rfind(begin) + begin.size();
    return text.substr(at, text.find('(', at) - at);
  };
  CHECK(function_of("my-net.v2.h") == "my_net_v2");
  CHECK(function_of("3.h") == "net_3");
  CHECK(function_of("int.h") == "net_int");
  CHECK(function_of("exp.h") == "net_exp");
  CHECK(function_of("net.h", {.name = "other"}) == "other");
  for (const std::string name : {"a-b", "3d", "for", "a b", "in", "class", "exp", "error"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(function_of("net.h", {.name = name}),
                         Contains("an identifier of C that neither C, C++ nor math.h has is wanted"), Error);
  }
}

TEST_CASE("export_c refuses inputs that are no batch of one sample, and paths that cannot be written") {
  const CFile file;
  Lambda net{[](Var x) { return x; }};
  for (const Shape& shape : {Shape{}, Shape{2, 3}, Shape{0, 3}})
    CHECK_THROWS_WITH_AS(export_c(net, shape, file.path), Contains("[1,...] is wanted, one sample"),
                         ShapeError);
  CHECK_FALSE(std::filesystem::exists(file.path));
  CHECK_THROWS_AS(export_c(net, {1, 2}, (file.folder.path() / "none" / "net.h").string()), IoError);
}
