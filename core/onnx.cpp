// Functions of one number as operators.
#include <reel/core/onnx.h>

#include <algorithm>
#include <array>
#include <numbers>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/formula/function.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION::onnx {
namespace {

Operator applied(const std::string& symbol, std::vector<Operand> of) {
  if (symbol == "-" && of.size() == 1) return {"Neg", std::move(of)};
  if (symbol == "where") return {"Where", std::move(of)};
  if (symbol == "log1p") return {"Log", {Operator{"Add", {number(1), of[0]}}}};
  if (symbol == "relu6") return {"Clip", {of[0], number(0), number(6)}};
  if (symbol == "Phi") {  // the standard normal distribution function, (1 + erf(x / sqrt 2)) / 2
    const Operator erf{"Erf", {Operator{"Div", {of[0], number(std::numbers::sqrt2)}}}};
    return {"Div", {Operator{"Add", {number(1), erf}}, number(2)}};
  }
  if (symbol == "phi") {  // its density
    const Operator square{"Div", {Operator{"Mul", {of[0], of[0]}}, number(-2)}};
    constexpr double kAtZero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    return {"Mul", {Operator{"Exp", {square}}, number(kAtZero)}};
  }
  using Row = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Row, 17> kNames{{{"+", "Add"},
                                        {"-", "Sub"},
                                        {"*", "Mul"},
                                        {"/", "Div"},
                                        {"^", "Pow"},
                                        {"<", "Less"},
                                        {">", "Greater"},
                                        {"<=", "LessOrEqual"},
                                        {">=", "GreaterOrEqual"},
                                        {"and", "And"},
                                        {"exp", "Exp"},
                                        {"log", "Log"},
                                        {"sqrt", "Sqrt"},
                                        {"abs", "Abs"},
                                        {"sign", "Sign"},
                                        {"tanh", "Tanh"},
                                        {"sigmoid", "Sigmoid"}}};
  const auto* const row = std::ranges::find(kNames, symbol, &Row::first);
  if (row == kNames.end()) throw Error(fmt::format("no operator of ONNX is known for \"{}\"", symbol));
  return {std::string(row->second), std::move(of)};
}

Operand operand_of(const Expression& e) {
  if (e.operands.empty())
    return e.symbol == "x" ? Operand(Input{0}) : number(parsed<double>(e.symbol).value());
  std::vector<Operand> operands;
  for (const Expression& operand : e.operands) operands.push_back(operand_of(operand));
  return applied(e.symbol, std::move(operands));
}

}  // namespace

std::vector<Operand> inputs(std::size_t count) {
  std::vector<Operand> all;
  for (std::size_t i = 0; i < count; i++) all.emplace_back(Input{i});
  return all;
}

Operand number(double value) { return Tensor::full({}, static_cast<Scalar>(value)); }

Operator cast(Operand x, Type to) { return {"Cast", {std::move(x)}, {{"to", static_cast<Index>(to)}}}; }

Operator function(std::string_view words, const std::map<std::string, double>& constants) {
  const Operand whole = operand_of(parse_function(words, constants));
  const auto* const made = std::get_if<std::shared_ptr<const Operator>>(&whole.is);
  return made ? **made : Operator{"Identity", {whole}};
}

}  // namespace reel::inline REEL_PRECISION::onnx
