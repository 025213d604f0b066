// A parser by recursive descent; core/inspect/page/engine/function.js reads the same words.
#include <reel/core/formula/function.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

// What the words may call.
struct Callable {
  std::string_view name;
  double (*f)(double);
};
constexpr std::array<Callable, 11> kCallable{{
    {"exp", [](double x) { return std::exp(x); }},
    {"log1p", [](double x) { return std::log1p(x); }},
    {"log", [](double x) { return std::log(x); }},
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"abs", [](double x) { return std::abs(x); }},
    {"sign", [](double x) { return static_cast<double>((x > 0) - (x < 0)); }},
    {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"relu6", [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {"tanh", [](double x) { return std::tanh(x); }},
    {"Phi", [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }},
    {"phi", [](double x) { return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2; }},
}};

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_number(std::string_view token) { return !token.empty() && (is_digit(token[0]) || token[0] == '.'); }
bool is_word(std::string_view token) { return !token.empty() && is_word_start(token[0]); }

// Where the token ends that begins at `at`.
std::size_t token_end(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  const auto skip = [&](auto&& belongs) {
    while (end < text.size() && belongs(text[end])) end++;
  };
  if (is_word_start(text[at])) {
    skip([](char c) { return is_word_start(c) || is_digit(c); });
  } else if (is_digit(text[at]) || text[at] == '.') {
    skip([](char c) { return is_digit(c) || c == '.'; });
    const std::size_t sign = end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+') ? 1 : 0;
    if (end + 1 + sign < text.size() && text[end] == 'e' && is_digit(text[end + 1 + sign])) {
      end += 1 + sign;
      skip(is_digit);
    }
  } else if ((text[at] == '<' || text[at] == '>') && end < text.size() && text[end] == '=') {
    end++;
  }
  return end;
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      at++;
      continue;
    }
    const std::size_t end = token_end(text, at);
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

// Puts what names stand for in their place.
void substitute(Expression& e, const std::map<std::string, Expression>& definitions) {
  if (const auto found = definitions.find(e.symbol); e.operands.empty() && found != definitions.end())
    e = found->second;
  else
    for (Expression& operand : e.operands) substitute(operand, definitions);
}

class Parser {
 public:
  Parser(std::string_view words, const std::map<std::string, double>& constants,
         std::initializer_list<std::string_view> variables)
      : words_(words), tokens_(tokens_of(words)), variables_(variables) {
    for (const auto& [name, value] : constants) definitions_[name] = {fmt::format("{}", value)};
  }

  // Cases and definitions, with commas between them; where no case holds it is 0.
  Expression whole() {
    std::vector<std::pair<Expression, Expression>> cases;  // value and condition, which the last may lack
    do {
      if (at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "=") {
        define();
        continue;
      }
      take("else");
      Expression value = sum();
      cases.emplace_back(std::move(value), take("where") ? comparison() : Expression{});
    } while (take(","));
    if (at_ < tokens_.size()) fail();
    Expression result{"0"};
    for (auto it = cases.rbegin(); it != cases.rend(); ++it) {
      auto& [value, condition] = *it;
      if (condition.symbol.empty())
        result = std::move(value);
      else
        result = {"where", {std::move(condition), std::move(value), std::move(result)}};
    }
    substitute(result, definitions_);
    check_names(result);
    return result;
  }

 private:
  std::string_view next() const { return at_ < tokens_.size() ? std::string_view(tokens_[at_]) : ""; }
  bool take(std::string_view token) {
    if (at_ == tokens_.size() || tokens_[at_] != token) return false;
    at_++;
    return true;
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(fmt::format("the words \"{}\" cannot be read: {}", words_, why));
  }
  [[noreturn]] void fail() const {
    fail(at_ < tokens_.size() ? fmt::format("it is not clear from \"{}\" on", next()) : "they end too early");
  }

  // Of what is defined by then.
  void define() {
    const std::string name = tokens_[at_];
    if (!is_word(name)) fail();
    at_ += 2;
    Expression value = sum();
    substitute(value, definitions_);
    definitions_.insert_or_assign(name, std::move(value));
  }

  void check_names(const Expression& e) const {
    for (const Expression& operand : e.operands) check_names(operand);
    const bool is_known = std::ranges::find(variables_, e.symbol) != variables_.end() ||
                          parsed<double>(e.symbol).has_value();  // as "inf", which a constant may be
    if (e.operands.empty() && !is_known) fail(fmt::format("nothing is called \"{}\"", e.symbol));
  }

  // "low < x < high"
  Expression comparison() {
    Expression all;
    for (Expression left = sum();;) {
      const std::string sign(next());
      if (sign != "<" && sign != ">" && sign != "<=" && sign != ">=") break;
      at_++;
      Expression right = sum();
      Expression one{sign, {std::move(left), right}};
      left = std::move(right);
      all = all.symbol.empty() ? std::move(one) : Expression{"and", {std::move(all), std::move(one)}};
    }
    if (all.symbol.empty()) fail();
    return all;
  }

  Expression sum() {
    Expression left = product();
    for (;;) {
      const std::string sign(next());
      if (!take("+") && !take("-")) return left;
      Expression right = product();
      left = {sign, {std::move(left), std::move(right)}};
    }
  }

  // Factors side by side are multiplied.
  Expression product() {
    Expression left = factor();
    for (;;) {
      const bool divides = take("/");
      const bool beside = next() == "(" || (is_word(next()) && next() != "where" && next() != "else");
      if (!divides && !take("*") && !beside) return left;
      Expression right = factor();
      left = {divides ? "/" : "*", {std::move(left), std::move(right)}};
    }
  }

  Expression factor() {
    if (take("-")) return {"-", {factor()}};
    Expression base = atom();
    if (!take("^")) return base;
    return {"^", {std::move(base), factor()}};
  }

  Expression atom() {
    if (take("(")) return closed();
    const std::string token(next());
    if (!is_word(token) && !is_number(token)) fail();
    if (is_number(token) && !parsed<double>(token)) fail(fmt::format("\"{}\" is no number", token));
    at_++;
    const bool calls = std::ranges::find(kCallable, token, &Callable::name) != kCallable.end() && take("(");
    return calls ? Expression{token, {closed()}} : Expression{token};
  }
  Expression closed() {
    Expression inside = sum();
    if (!take(")")) fail();
    return inside;
  }

  std::string_view words_;
  std::vector<std::string> tokens_;
  std::initializer_list<std::string_view> variables_;
  std::map<std::string, Expression> definitions_;  // and constants
  std::size_t at_ = 0;
};

// Of two numbers; a condition is 1 or 0.
double joined(const std::string& sign, double a, double b) {
  if (sign == "+") return a + b;
  if (sign == "-") return a - b;
  if (sign == "*") return a * b;
  if (sign == "/") return a / b;
  if (sign == "^") return std::pow(a, b);
  if (sign == "<") return a < b;
  if (sign == ">") return a > b;
  if (sign == "<=") return a <= b;
  if (sign == ">=") return a >= b;
  if (sign == "and") return a != 0 && b != 0;
  throw Error(fmt::format("the words of a function say \"{}\", which joins no two numbers", sign));
}

}  // namespace

Expression parse_function(std::string_view words, const std::map<std::string, double>& constants,
                          std::initializer_list<std::string_view> variables) {
  return Parser(words, constants, variables).whole();
}

double evaluate(const Expression& e, double x, double y) {
  const auto operand = [&](std::size_t i) { return evaluate(e.operands[i], x, y); };
  const std::string& f = e.symbol;
  if (e.operands.empty()) return f == "x" ? x : f == "y" ? y : parsed<double>(f).value();
  if (f == "where") return operand(operand(0) != 0 ? 1 : 2);
  if (e.operands.size() == 2) return joined(f, operand(0), operand(1));
  return f == "-" ? -operand(0) : std::ranges::find(kCallable, f, &Callable::name)->f(operand(0));
}

}  // namespace reel::inline REEL_PRECISION
