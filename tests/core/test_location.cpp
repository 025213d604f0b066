#include <reel/core/location.h>

#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "compare_support.h"

using namespace reel;

namespace {

int line_of(Location where = {}) { return where.line; }

int line_of_count(Located<Index> n = 3) { return n.where.line; }
int line_of_shape(const Located<Shape>& shape, Scalar = 0) { return shape.where.line; }
int line_of_list(Located<std::span<const Index>> list) { return list.where.line; }
int line_of_name(const Located<std::string>& name) { return name.where.line; }
int line_of_owner(const Located<std::unique_ptr<Op>>& owner) { return owner.where.line; }
int line_of_base(Located<const std::exception&> base) { return base.where.line; }
int line_handed_on(Located<Index> n) { return line_of_count(n); }

Var block(Operand x, Var weight) { return relu(matmul(x, weight) + 1); }

}  // namespace

TEST_CASE("A defaulted Location is the caller's line") {
  CHECK(line_of() == __LINE__);
  CHECK(Location({}, "/home/me/train.cpp", 31).text() == "train.cpp:31");
  CHECK(Location({}, "C:\\me\\train.cpp", 31).text() == "train.cpp:31");
  CHECK(Location({}, "train.cpp", 31).text() == "train.cpp:31");
}

TEST_CASE("A Located argument brings the caller's line, whatever it is made of") {
  const Index n = 3;
  const std::vector<Index> list{1, 2};
  const Error error("");
  CHECK(line_of_count(7) == __LINE__);
  CHECK(line_of_count() == __LINE__);
  CHECK(line_of_shape({2, n}) == __LINE__);
  CHECK(line_of_shape({}, 1) == __LINE__);
  CHECK(line_of_shape(Shape{2}) == __LINE__);
  CHECK(line_of_list({n, -1}) == __LINE__);
  CHECK(line_of_list(list) == __LINE__);
  CHECK(line_of_list(std::array<Index, 1>{4}) == __LINE__);
  CHECK(line_of_name("conv1") == __LINE__);
  CHECK(line_of_owner(nullptr) == __LINE__);
  CHECK(line_of_base(error) == __LINE__);
  CHECK(line_handed_on(7) == __LINE__);
  CHECK(line_handed_on({7, Location({}, "train.cpp", 31)}) == 31);
}

TEST_CASE("A Located argument is the value, and refuses what the value refuses") {
  const Located<Index> n = 7;
  const Located<Shape> shape({2, 3});
  Tensor tensor = Tensor::ones({1});
  const Located<Tensor&> reference = tensor;
  CHECK(n + 1 == 8);
  CHECK(shape == Shape{2, 3});
  CHECK(&reference.value == &tensor);
  static_assert(std::convertible_to<std::size_t, Located<Index>>);
  static_assert(!std::convertible_to<double, Located<Index>> && !std::convertible_to<bool, Located<Index>>);
  static_assert(!std::convertible_to<int, Operand> && !std::convertible_to<Tensor, Operand>);
  static_assert(!std::convertible_to<Tensor, Located<Tensor&>>);  // it would write to what nobody sees
}

TEST_CASE("A helper that takes an Operand is reported where it was called") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 2})), weight = tape.input(Tensor::ones({3, 4}));
  const std::string call = "matmul (test_location.cpp:" + std::to_string(__LINE__ + 1) + "): ";
  CHECK(reel_test::error_of([&] { block(x, weight); }).starts_with(call));
  CHECK(reel_test::contains(reel_test::error_of<Error>([&] { block(Var(), weight); }), "an empty Var"));
  const int line = __LINE__ + 1;
  block(x, tape.input(Tensor::ones({2, 4})));
  const std::vector<NodeInfo> nodes = tape.nodes();
  CHECK(nodes[3].op == "matmul");
  CHECK(nodes[3].where.line == line);
  CHECK(nodes[5].op == "relu");  // of a Var that the helper made, on a line of its own
  CHECK(nodes[5].where.line < line);
}

TEST_CASE("Scopes nest and end") {
  CHECK(Scope::path().empty());
  {
    const Scope outer("layer1", {}, Scope::Lines::kOwnLine);
    CHECK(Scope::path() == "layer1");
    {
      const Scope unnamed("", {}, Scope::Lines::kOwnLine);
      const Scope inner("conv2", {}, Scope::Lines::kOwnLine);
      CHECK(Scope::path() == "layer1.conv2");
    }
    CHECK(Scope::path() == "layer1");
  }
  CHECK(Scope::path().empty());
}

TEST_CASE("Inside a layer of Reel, the line that counts is the outermost layer's call") {
  const Location user({}, "train.cpp", 31), library({}, "conv2d.cpp", 12), deeper({}, "residual.cpp", 5);
  CHECK(Scope::resolve(library).line == 12);
  const Scope own("net", user, Scope::Lines::kOwnLine);
  CHECK(Scope::resolve(library).line == 12);
  const Scope layer("block", user, Scope::Lines::kCallersLine);
  CHECK(Scope::resolve(library).line == 31);
  const Scope inner("conv1", deeper, Scope::Lines::kCallersLine);
  CHECK(Scope::resolve(library).line == 31);
}

TEST_CASE("Messages name a call by op, scope and line") {
  CHECK(call_label("conv2d", "conv2", Location({}, "train.cpp", 31)) == "conv2d \"conv2\" (train.cpp:31)");
  CHECK(call_label("relu", "", Location({}, "train.cpp", 7)) == "relu (train.cpp:7)");
}
