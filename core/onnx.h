// How an op is said in ONNX: as operators of its opset 17, which is data.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// https://onnx.ai/onnx/operators: names, operands and attributes are theirs.
namespace onnx {

constexpr int kOpset = 17;

struct Operator;

/// One of the op's own inputs.
struct Input {
  std::size_t index;
};

/// What an operator is given: an input, numbers in float, whole numbers (INT64, a list of them), what another operator
/// makes, or nothing in the place of an operand that may be left out.
struct Operand {
  std::variant<std::monostate, Input, Tensor, std::vector<Index>, std::shared_ptr<const Operator>> is = {};

  Operand() = default;
  Operand(Input input) : is(input) {}
  Operand(Tensor numbers) : is(std::move(numbers)) {}
  Operand(std::vector<Index> numbers) : is(std::move(numbers)) {}
  Operand(Operator made);
};

/// A class of its own, since libstdc++ takes a variant of numbers, vectors and strings alone for one that is never
/// without a value, which it is where a copy finds no memory.
struct Text {
  std::string text;
  Text(std::string of) : text(std::move(of)) {}
  friend bool operator==(const Text&, const Text&) = default;
};

struct Attribute {
  std::string name;
  std::variant<Index, double, std::vector<Index>, Text> value;
};

/// One that makes one tensor.
struct Operator {
  std::string type;  ///< "Conv"
  std::vector<Operand> operands = {};
  std::vector<Attribute> attributes = {};
};

inline Operand::Operand(Operator made) : is(std::make_shared<const Operator>(std::move(made))) {}

/// The op's inputs, all of them.
std::vector<Operand> inputs(std::size_t count);
/// One number.
Operand number(double value);
/// `x` as another type: ONNX's numbers for them.
enum class Type : int { kFloat = 1, kInt64 = 7, kBool = 9 };
Operator cast(Operand x, Type to);
/// A function of the op's first input, element by element, by the words of FunctionText and the constants that they
/// name. An Error where they cannot be read.
Operator function(std::string_view words, const std::map<std::string, double>& constants);

}  // namespace onnx

}  // namespace reel::inline REEL_PRECISION
