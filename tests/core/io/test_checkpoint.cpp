#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/io/file.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/random.h>

#include "compare_support.h"
#include "support.h"

using namespace reel;
using doctest::Contains;
using reel_test::TempDir;

namespace {

// Keeps a state and takes one of the same names and shapes.
struct SavedPart : Stateful {
  State kept;
  bool refuses = false;

  State state() const override { return kept; }
  std::function<void()> prepare_load(const State& state) override {
    if (refuses) throw std::runtime_error("not today");
    check_state(kept, state, "part");
    return [this, loaded = state.clone()]() mutable { kept = std::move(loaded); };
  }
};

SavedPart saved_network(Scalar value) {
  SavedPart part;
  part.kept.tensors["weight"] = Tensor::full({2, 3}, value);
  part.kept.integers["bn.num_batches_tracked"] = 3;
  return part;
}
SavedPart optimizer(std::int64_t step, double lr) {
  SavedPart part;
  part.kept.texts["name"] = "\"Adam\": β₁ = 0.9,\n";
  part.kept.integers["step"] = step;
  part.kept.reals["lr"] = lr;
  return part;
}

// The same bits, where == would take -0 for 0 and no NaN for itself.
bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Saves one checkpoint, changes its metadata and gives its path.
std::string tampered(const TempDir& folder, const std::string& key, const std::string& value) {
  const std::string path = folder.path() / "tampered.safetensors";
  SavedPart net = saved_network(1);
  save_checkpoint(path, {{"model", &net}});
  Safetensors file = read_safetensors(path);
  file.metadata[key] = value;
  write_safetensors(path, file.state, file.metadata);
  return path;
}

}  // namespace

TEST_CASE("checkpoint: tensors, numbers and the generator come back bit by bit") {
  const TempDir folder;
  const std::string path = folder.path() / "c.safetensors";
  SavedPart net = saved_network(0), adam = optimizer(-7, 0.1);
  net.kept.tensors["weight"] =
      Tensor::from({2, 3}, {Scalar(1) / 3, -0.0, std::numeric_limits<Scalar>::denorm_min(), 1e30f,
                            std::numeric_limits<Scalar>::infinity(), std::nanf("")});
  adam.kept.reals["beta"] = 1.0 / 3;
  adam.kept.reals["zero"] = -0.0;
  adam.kept.reals["tiny"] = std::numeric_limits<double>::denorm_min();
  adam.kept.reals["inf"] = -std::numeric_limits<double>::infinity();
  adam.kept.reals["nan"] = std::nan("");
  adam.kept.integers["large"] = std::numeric_limits<std::int64_t>::max();
  const State net_before = net.kept.clone(), adam_before = adam.kept.clone();
  const GeneratorState generator{0xFFFF'FFFF'FFFF'FFFF, 12};
  set_generator_state(generator);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});

  net.kept.tensors["weight"].fill(5);
  net.kept.integers["bn.num_batches_tracked"] = 99;
  for (auto& [name, value] : adam.kept.reals) value = 5;
  for (auto& [name, value] : adam.kept.integers) value = 5;
  for (auto& [name, value] : adam.kept.texts) value = "";
  seed(1);
  load_checkpoint(path, {{"optimizer", &adam}, {"model", &net}});  // in any order
  CHECK(generator_state() == generator);
  CHECK(net.kept.integers == net_before.integers);
  CHECK(adam.kept.integers == adam_before.integers);
  CHECK(adam.kept.texts == adam_before.texts);
  for (const auto& real : adam_before.reals) {  // clang 14 cannot CAPTURE a structured binding
    CAPTURE(real.first);
    CHECK(same_bits(adam.kept.reals.at(real.first), real.second));
  }
  const Tensor found = net.kept.tensors.at("weight"), expected = net_before.tensors.at("weight");
  CHECK(std::memcmp(found.data(), expected.data(), 6 * sizeof(Scalar)) == 0);
}

TEST_CASE("checkpoint: equal states give equal bytes, and the file is a safetensors file") {
  const TempDir folder;
  const std::string a = folder.path() / "a", b = folder.path() / "b";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  save_checkpoint(a, {{"model", &net}, {"optimizer", &adam}});
  save_checkpoint(b, {{"optimizer", &adam}, {"model", &net}});
  CHECK(reel_test::read_file(a) == reel_test::read_file(b));
  const State state = read_safetensors(a).state.part("model");
  CHECK_NOTHROW(check_state(net.kept, state, "the model in it"));
}

TEST_CASE("checkpoint: another network is refused, with all differences, and nothing changes") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  seed(5);
  save_checkpoint(path, {{"first", &adam}, {"model", &net}});

  SavedPart other = saved_network(2), other_adam = optimizer(8, 0.2);
  other.kept.tensors["weight"] = Tensor::full({4}, 2);
  other.kept.tensors["bias"] = Tensor::zeros({4});
  seed(6);
  const auto load = [&] { load_checkpoint(path, {{"first", &other_adam}, {"model", &other}}); };
  CHECK_THROWS_WITH_AS(load(), Contains("/c: part \"model\": "), FormatError);
  CHECK_THROWS_WITH_AS(
      load(), Contains("missing: \"bias\"; of another shape: \"weight\" [2,3] instead of [4]"), FormatError);
  CHECK(other_adam.kept.integers.at("step") == 8);
  CHECK(other_adam.kept.reals.at("lr") == 0.2);
  CHECK(other.kept.tensors.at("weight").at(0) == 2);
  CHECK(generator_state() == GeneratorState{6, 0});
}

TEST_CASE("checkpoint: any other failure of a part leaves the earlier ones as they were, too") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  net.kept.tensors["weight"].fill(3);
  adam.refuses = true;
  CHECK_THROWS_WITH_AS(load_checkpoint(path, {{"model", &net}, {"optimizer", &adam}}), "not today",
                       std::runtime_error);
  CHECK(net.kept.tensors.at("weight").at(0, 0) == 3);
}

TEST_CASE("checkpoint: other parts than were saved are refused") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  CHECK_THROWS_WITH_AS(
      load_checkpoint(path, {{"model", &net}}),
      Contains("has the parts \"model optimizer\", \"model\" are expected: another program or version"),
      FormatError);
  CHECK_THROWS_WITH_AS(load_checkpoint(path, {{"model", &net}, {"optimizer", &adam}, {"loader", &adam}}),
                       Contains("\"loader model optimizer\" are expected"), FormatError);
  CHECK(net.kept.tensors.at("weight").at(0, 0) == 1);
}

TEST_CASE("checkpoint: the part that is given first is refused first, whatever else does not fit") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1), other_adam;
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  const std::vector<CheckpointPart> parts{{"optimizer", &other_adam}, {"ema", &net}};
  CHECK_THROWS_WITH_AS(load_checkpoint(path, parts), Contains("/c: part \"optimizer\": "), FormatError);
}

TEST_CASE("checkpoint: its parts can be read without a program that has them") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(4), adam = optimizer(7, 0.1);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  CHECK(is_checkpoint(read_safetensors(path)));
  const Checkpoint found = read_checkpoint(path);
  CHECK(found.path == path);
  CHECK(found.parts.size() == 3);
  CHECK(found.parts.at("model").tensors.at("weight").at(1, 2) == 4);
  CHECK(found.parts.at("optimizer").texts == adam.kept.texts);
  CHECK(found.parts.at("generator").integers.contains("seed"));
}

TEST_CASE("checkpoint: cut at any byte it is refused by name, and nothing changes") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  const std::string whole = reel_test::read_file(path);
  net.kept.tensors["weight"].fill(2);
  for (std::size_t size = 0; size < whole.size(); size++) {
    CAPTURE(size);
    reel_test::write_file(path, whole.substr(0, size));
    CHECK_THROWS_WITH_AS(load_checkpoint(path, {{"model", &net}, {"optimizer", &adam}}), Contains("/c: "),
                         FormatError);
  }
  CHECK(std::ranges::count(net.kept.tensors.at("weight").values(), Scalar(2)) == 6);
}

TEST_CASE("checkpoint: any one bit of the file that is not as written is noticed") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1), adam = optimizer(7, 0.1);
  save_checkpoint(path, {{"model", &net}, {"optimizer", &adam}});
  CHECK_NOTHROW(verify_checkpoint(path));
  std::string bytes = reel_test::read_file(path);
  int unnoticed = 0;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit++) {
    const char flip = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
    try {
      as_checkpoint(parse_safetensors(bytes, "c"), "c");
      unnoticed++;
    } catch (const FormatError&) {
    }
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
  }
  CHECK(unnoticed == 0);
}

TEST_CASE("checkpoint: what is damaged is told, and by verify_checkpoint, too") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1);
  save_checkpoint(path, {{"model", &net}});
  std::string bytes = reel_test::read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  reel_test::write_file(path, bytes);
  CHECK_THROWS_WITH_AS(verify_checkpoint(path), Contains("/c: the file is not what was written"),
                       FormatError);
  CHECK_THROWS_WITH_AS(load_checkpoint(path, {{"model", &net}}), Contains("take an earlier one"),
                       FormatError);
  CHECK_THROWS_AS(verify_checkpoint(folder.path() / "none"), IoError);
}

TEST_CASE("checkpoint: one whose checksum is gone, or is no longer where it was, is refused") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1);
  save_checkpoint(path, {{"model", &net}});
  Safetensors file = read_safetensors(path);
  file.metadata.erase(kChecksumKey);
  write_safetensors(path, file.state, file.metadata);
  CHECK_THROWS_WITH_AS(verify_checkpoint(path), Contains("has no checksum"), FormatError);
  const std::string header =
      R"({"__metadata__":{"reel.checksum": "00000000"}})";  // the space is another program's
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  CHECK_THROWS_WITH_AS(parse_safetensors(bytes + header, "c"), Contains("changed by another program"),
                       FormatError);
}

TEST_CASE("checkpoint: a text that looks like the checksum's key is a text") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart part;
  part.kept.texts["a"] = R"("reel.checksum":"12345678")";
  part.kept.texts["reel.checksum"] = "12345678";
  save_checkpoint(path, {{"a", &part}});
  const State before = part.kept;
  load_checkpoint(path, {{"a", &part}});
  CHECK(part.kept.texts == before.texts);
}

TEST_CASE("checkpoint: what it says of itself reaches no terminal raw") {
  const TempDir folder;
  for (const char* key : {"reel.checkpoint", "reel.precision", "integer:generator.seed"}) {
    const std::string path = tampered(folder, key, "\x1b]0;title\x07");
    try {
      verify_checkpoint(path);
      FAIL("it was read");
    } catch (const FormatError& error) {
      const std::string message = error.what();
      CHECK(std::ranges::none_of(message, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
    }
  }
}

TEST_CASE("checkpoint: files that are none, or of another version or precision, are refused") {
  const TempDir folder;
  SavedPart net = saved_network(1);
  const auto load = [&](const std::string& path) { load_checkpoint(path, {{"model", &net}}); };
  const std::string weights = folder.path() / "weights";
  write_safetensors(weights, net.kept);
  CHECK_FALSE(is_checkpoint(read_safetensors(weights)));
  CHECK_THROWS_WITH_AS(load(weights), Contains("no checkpoint of Reel"), FormatError);
  CHECK_THROWS_WITH_AS(load(tampered(folder, "reel.checkpoint", "1")),
                       Contains("the checkpoint has format version 1, this library reads 3"), FormatError);
  CHECK_THROWS_WITH_AS(load(tampered(folder, "reel.precision", "f16")), Contains("was saved in f16"),
                       FormatError);
  CHECK_THROWS_WITH_AS(load(tampered(folder, "integer:generator.seed", "5x")), Contains("\"5x\", a number"),
                       FormatError);
  CHECK_THROWS_WITH_AS(load(tampered(folder, "real:model.lr", "")), Contains("a number is expected"),
                       FormatError);
  CHECK_THROWS_WITH_AS(load(tampered(folder, "integer:generator.colour", "5")),
                       Contains("unexpected: \"colour\""), FormatError);
  CHECK_THROWS_WITH_AS(load(folder.path() / "none"), Contains("No such file"), IoError);
}

TEST_CASE("checkpoint: part names are checked before anything is written") {
  const TempDir folder;
  const std::string path = folder.path() / "c";
  SavedPart net = saved_network(1);
  CHECK_THROWS_WITH_AS(save_checkpoint(path, {{"", &net}}), Contains("part name \"\""), Error);
  CHECK_THROWS_WITH_AS(save_checkpoint(path, {{"a.b", &net}}), Contains("part name \"a.b\""), Error);
  CHECK_THROWS_WITH_AS(save_checkpoint(path, {{"a b", &net}}), Contains("part name \"a b\""), Error);
  CHECK_THROWS_WITH_AS(save_checkpoint(path, {{"a", &net}, {"a", &net}}), Contains("\"a\" is taken"), Error);
  CHECK_THROWS_WITH_AS(save_checkpoint(path, {{"generator", &net}}), Contains("\"generator\" is taken"),
                       Error);
  CHECK_THROWS_WITH_AS(load_checkpoint(path, {{"a", nullptr}}), Contains("null pointer"), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}

namespace {

// What read_checkpoint() would have read, of one-number parts with these names.
Safetensors file_with_parts(const std::string& parts) {
  return {.state = {},
          .metadata = {{"reel.checkpoint", "3"},
                       {"reel.precision", sizeof(Scalar) == 4 ? "f32" : "f64"},
                       {"reel.parts", parts},
                       {kChecksumKey, ""}},
          .with_nan = {}};
}

}  // namespace

TEST_CASE("checkpoint: a file with very many parts is read, each part once") {
  constexpr int kParts = 100'000;  // looking through all the names for each of them would take minutes
  std::string parts;
  for (int i = 0; i < kParts; i++) parts += fmt::format("p{} ", i);
  Safetensors file = file_with_parts(parts);
  for (int i = 0; i < kParts; i++) file.metadata[fmt::format("integer:p{}.step", i)] = std::to_string(i);
  const Checkpoint checkpoint = as_checkpoint(std::move(file), "many");
  CHECK(checkpoint.parts.size() == kParts + 1);
  CHECK(checkpoint.parts.at("p77").integers == std::map<std::string, std::int64_t>{{"step", 77}});
}

TEST_CASE("checkpoint: a file that names a part twice, or one within another, is refused") {
  const auto refusal = [](const std::string& parts) {
    return reel_test::error_of<FormatError>([&] { as_checkpoint(file_with_parts(parts), "c"); });
  };
  CHECK(refusal("model adam model") == "c: reel.parts has the part \"model\" twice");
  CHECK(refusal("generator") == "c: reel.parts has the part \"generator\" twice");
  CHECK(refusal("model model.net") == "c: reel.parts has \"model.net\", which is no name of a part");
}
