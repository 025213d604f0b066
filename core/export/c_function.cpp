// Functions of one number, by their words.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <reel/core/export/detail/c_ops.h>
#include <reel/core/formula/function.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION::c {
namespace {

class FunctionWriter final : public Writer {
 public:
  explicit FunctionWriter(const OpFacts& facts)
      : words_(facts.function->value), constants_(facts.constants()) {}

  bool may_overwrite(std::size_t) const override { return true; }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    std::string constants;
    for (const auto& [name, value] : constants_) constants += fmt::format(", {} = {:g}", name, value);
    return fmt::format("{} = {}, x = {}{}", output.name, words_, inputs[0].name, constants);
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    program.open(fmt::format("for (int i = 0; i < {}; i++) {{", output.shape.numel()));
    program.line(fmt::format("const float x = {}[i];", program.array(inputs[0])));
    program.line(fmt::format("{}[i] = {};", output.name,
                             expression(program, parse_function(words_, constants_), false)));
    program.close();
  }

 private:
  static std::string leaf(const std::string& symbol) {
    if (symbol == "x") return symbol;
    const double value = parsed<double>(symbol).value();
    return value < 0 ? fmt::format("({})", literal(value)) : literal(value);
  }

  // `closes`: in brackets where it is more than one thing.
  static std::string expression(Program& program, const Expression& e, bool closes) {
    if (e.operands.empty()) return leaf(e.symbol);
    const std::string text = applied(program, e);
    const bool is_call = std::isalpha(static_cast<unsigned char>(text[0])) && is_named(e.symbol);
    return closes && !is_call ? fmt::format("({})", text) : text;
  }

  static bool is_named(std::string_view symbol) {
    return symbol == "^" ||
           (symbol != "where" && symbol != "and" && std::isalpha(static_cast<unsigned char>(symbol[0])));
  }

  static std::string applied(Program& program, const Expression& e) {
    const auto operand = [&](std::size_t i, bool closes) {
      return expression(program, e.operands[i], closes);
    };
    if (e.symbol == "where")
      return fmt::format("{} ? {} : {}", operand(0, true), operand(1, true), operand(2, true));
    if (e.symbol == "^") return fmt::format("powf({}, {})", operand(0, false), operand(1, false));
    if (e.symbol == "-" && e.operands.size() == 1) return fmt::format("-{}", operand(0, true));
    if (e.operands.size() == 2)
      return fmt::format("{} {} {}", operand(0, true), e.symbol == "and" ? "&&" : e.symbol, operand(1, true));
    using Row = std::pair<std::string_view, std::string_view>;
    constexpr std::array<Row, 6> kFunctions{{{"exp", "expf"},
                                             {"log", "logf"},
                                             {"log1p", "log1pf"},
                                             {"sqrt", "sqrtf"},
                                             {"abs", "fabsf"},
                                             {"tanh", "tanhf"}}};
    const auto* const row = std::ranges::find(kFunctions, e.symbol, &Row::first);
    const std::string name = row == kFunctions.end() ? program.helper(e.symbol) : std::string(row->second);
    return fmt::format("{}({})", name, operand(0, false));
  }

  std::string words_;
  std::map<std::string, double> constants_;
};

}  // namespace

std::unique_ptr<Writer> function_writer(const Call& call) {
  return call.facts.function ? std::make_unique<FunctionWriter>(call.facts) : nullptr;
}

}  // namespace reel::inline REEL_PRECISION::c
