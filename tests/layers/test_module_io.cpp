#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/io/safetensors.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/linear.h>
#include <reel/layers/module_io.h>
#include <reel/layers/sequential.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support.h"

using namespace reel;

namespace {

// What `f` writes to stderr.
template <class F>
std::string stderr_of(F f) {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "stderr";
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(file, STDERR_FILENO);
  f();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  close(file);
  return reel_test::read_file(path);
}

Sequential network(Index channels = 4) { return Sequential{Conv2d{1, channels, 3}, BatchNorm2d{channels}}; }

}  // namespace

TEST_CASE("save and load bring every weight, buffer and counter back") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  Sequential from = network(), to = network();
  static_cast<BatchNorm2d*>(from.children()[1])->num_batches_tracked = 12;
  save(from, path);
  load(to, path);
  const State a = from.state(), b = to.state();
  for (const auto& [name, value] : a.tensors) {
    CHECK(std::ranges::equal(value.values(), b.tensors.at(name).values()));
  }
  CHECK(b.integers == a.integers);
}

TEST_CASE("A saved file has the names and shapes of a PyTorch state_dict") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  save(network(), path);
  const State state = read_safetensors(path).state;
  CHECK(state.tensors.at("0.weight").shape() == Shape{4, 1, 3, 3});
  CHECK(state.tensors.at("0.bias").shape() == Shape{4});
  for (const char* name : {"1.weight", "1.bias", "1.running_mean", "1.running_var"}) {
    CHECK(state.tensors.at(name).shape() == Shape{4});
  }
  CHECK(state.integers.contains("1.num_batches_tracked"));
}

TEST_CASE("load refuses the weights of another model, names the file and changes nothing") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  save(network(5), path);
  Sequential net = network(4);
  const State before = net.state().clone();
  CHECK_THROWS_WITH_AS(load(net, path), doctest::Contains("net.safetensors"), FormatError);
  CHECK_THROWS_WITH_AS(load(net, path), doctest::Contains("0.weight"), FormatError);
  CHECK(std::ranges::equal(net.state().tensors.at("0.weight").values(),
                           before.tensors.at("0.weight").values()));
  CHECK_THROWS_AS(load(net, folder.path() / "none.safetensors"), IoError);
}

TEST_CASE("load says that a checkpoint is one") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "c.safetensors";
  Sequential net = network();
  save_checkpoint(path, {{"model", &net}});
  CHECK_THROWS_WITH_AS(load(net, path), doctest::Contains("load_checkpoint() reads it"), FormatError);
}

TEST_CASE("load lists what is missing, unexpected and of another shape in one sentence") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  save(Sequential{Conv2d{1, 4, 3}, Conv2d{4, 4, 1}}, path);
  Sequential net{Conv2d{1, 4, 5}, BatchNorm2d{4}};
  CHECK_THROWS_WITH_AS(
      load(net, path),
      (path + " does not fit what it is loaded into; missing: \"1.running_mean\", \"1.running_var\"; of "
              "another shape: \"0.weight\" [4,1,3,3] instead of [4,1,5,5], "
              "\"1.weight\" [4,4,1,1] instead of [4]")
          .c_str(),
      FormatError);
  save(Sequential{Conv2d{1, 4, 5}, BatchNorm2d{4}, Conv2d{4, 1, 1, {.bias = false}}}, path);
  CHECK_THROWS_WITH_AS(load(net, path), doctest::Contains("into; unexpected: \"2.weight\""), FormatError);
}

TEST_CASE("The bias of a file is unexpected to a layer without one") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  save(Linear{2, 3}, path);
  Linear plain{2, 3, {.bias = false}};
  CHECK_THROWS_WITH_AS(load(plain, path), doctest::Contains("into; unexpected: \"bias\""), FormatError);
  CHECK(load(plain, path, {.strict = false}).unexpected == std::vector<std::string>{"bias"});
  CHECK_FALSE(plain.bias.defined());
  save(plain, path);
  CHECK(read_safetensors(path).state.tensors.size() == 1);
}

TEST_CASE("load without strict gives back what was missing and unexpected, and loads the rest") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  Sequential from = network();
  State state = from.state().clone();
  state.tensors.erase("0.bias");
  state.tensors.erase("1.running_var");
  state.tensors["head.weight"] = Tensor::ones({2});
  state.integers["head.num_batches_tracked"] = 3;
  write_safetensors(path, state);
  Sequential to = network();
  const State before = to.state().clone();
  CHECK_THROWS_WITH_AS(load(to, path), doctest::Contains("missing: \"0.bias\", \"1.running_var\""),
                       FormatError);
  const LoadReport report = load(to, path, {.strict = false});
  CHECK(report.missing == std::vector<std::string>{"0.bias", "1.running_var"});
  CHECK(report.unexpected == std::vector<std::string>{"head.weight", "head.num_batches_tracked"});
  const auto same = [&](const std::string& name, const State& as) {
    return std::ranges::equal(std::as_const(to.state().tensors.at(name)).values(),
                              std::as_const(as.tensors.at(name)).values());
  };
  CHECK(same("0.weight", state));
  CHECK(same("0.bias", before));
  const LoadReport none = load(to, path, {.strict = false});
  CHECK(none.missing.size() == 2);
  save(to, path);
  const LoadReport whole = load(to, path);
  CHECK(whole.missing.empty());
  CHECK(whole.unexpected.empty());
  CHECK(fmt::format("{}", report) ==
        "missing: 0.bias, 1.running_var; unexpected: head.weight, head.num_batches_tracked");
  CHECK(fmt::format("{}", whole) == "missing: none; unexpected: none");
}

TEST_CASE("load without strict refuses another shape, and the module is as it was") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  save(network(5), path);
  Sequential net = network(4);
  const State before = net.state().clone();
  CHECK_THROWS_WITH_AS(load(net, path, {.strict = false}), doctest::Contains("of another shape: \"0.bias\""),
                       FormatError);
  CHECK(std::ranges::equal(std::as_const(net.state().tensors.at("0.weight")).values(),
                           std::as_const(before.tensors.at("0.weight")).values()));
}

TEST_CASE("load takes what PyTorch takes for the counters of batch norm") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  const auto loaded = [&](const State& state) {
    Sequential net = network();
    auto& norm = static_cast<BatchNorm2d&>(*net.children()[1]);
    norm.num_batches_tracked = 5;
    write_safetensors(path, state);
    load(net, path);
    return norm.num_batches_tracked;
  };
  State state = network().state();
  state.integers.clear();
  CHECK(loaded(state) == 5);                                      // as it was
  state.tensors["1.num_batches_tracked"] = Tensor::full({}, 12);  // after half() or float() of the whole
  CHECK(loaded(state) == 12);
  state.tensors["1.num_batches_tracked"] = Tensor::full({1}, Scalar(12.75));
  CHECK(loaded(state) == 12);
  for (const Tensor& wrong :
       {Tensor::full({2}, 1), Tensor::full({}, std::numeric_limits<Scalar>::quiet_NaN()),
        Tensor::full({}, std::numeric_limits<Scalar>::infinity()), Tensor::full({}, Scalar(1e30))}) {
    state.tensors["1.num_batches_tracked"] = wrong;
    CHECK_THROWS_WITH_AS(loaded(state), doctest::Contains("unexpected: \"1.num_batches_tracked\""),
                         FormatError);
  }
}

TEST_CASE("load of a file that has been read does not read it again") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  Sequential net = network();
  save(net, path);
  Safetensors file = read_safetensors(path);
  std::filesystem::remove(path);
  CHECK_NOTHROW(load(net, std::move(file), path));
}

TEST_CASE("NaN weights are loaded, with one warning that names them") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net.safetensors";
  Sequential from = network(), to = network();
  save(from, path);
  CHECK(stderr_of([&] { load(to, path); }).empty());
  from.parameters()[1]->value.set(2, std::numeric_limits<Scalar>::quiet_NaN());
  from.parameters()[3]->value.set(0, std::numeric_limits<Scalar>::quiet_NaN());
  save(from, path);
  CHECK(stderr_of([&] { load(to, path); }) ==
        "warning: " + path +
            ": there are NaNs in 0.bias, 1.bias; they are loaded, and whatever they reach will be NaN\n");
  CHECK(std::isnan(to.parameters()[1]->value.at(2)));
}
