#include "step/syntax.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/parse.h>
#include <reel/core/text/detail/utf8.h>

namespace reel::apps {
namespace {

using Kind = Expression::Kind;
constexpr int kDeepest = 64;    // of brackets in brackets
constexpr int kLongest = 1000;  // operators in a line, for a value is computed as deep as it has these

struct Token {
  enum class Kind { kNumber, kName, kText, kSign, kLineEnd, kEnd };
  Kind kind;
  std::string_view text;  // of a text in quotes what stands between them
  Location where;

  bool is(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  // As a message names it.
  std::string found() const {
    if (kind == Kind::kEnd) return "the end";
    return kind == Kind::kLineEnd ? "the end of the line" : fmt::format("\"{}\"", text);
  }
};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// ---- Text -> tokens.

class Lexer {
 public:
  Lexer(std::string_view text, Location begin) : text_(text), where_(begin) {}

  std::vector<Token> tokens() {
    std::vector<Token> result;
    while (true) {
      skip_blanks();
      if (at_ == text_.size()) break;
      if (text_[at_] == '\n') {
        if (depth_ == 0) result.push_back({Token::Kind::kLineEnd, {}, where_});
        at_++;
        where_.line++;
      } else {
        result.push_back(next());
      }
    }
    result.push_back({Token::Kind::kLineEnd, {}, where_});
    result.push_back({Token::Kind::kEnd, {}, where_});
    return result;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) at_++;
    if (at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }

  Token next() {
    const char c = text_[at_];
    if (is_letter(c)) return take(Token::Kind::kName, [](char d) { return is_letter(d) || is_digit(d); });
    if (is_digit(c) || c == '.') return number();
    if (c == '"' || c == '\'') return quoted(c);
    if (std::string_view("()[],=+-*/").find(c) == std::string_view::npos) {
      throw_at(
          where_,
          fmt::format("\"{}\" has no meaning in a program; names, numbers, ( ) [ ] , = + - * / and texts "
                      "in quotes have",
                      text_.substr(at_, std::max<std::size_t>(first_character(text_.substr(at_)).size, 1))));
    }
    if (c == '(' || c == '[') depth_++;
    if (c == ')' || c == ']') depth_ = std::max(depth_ - 1, 0);
    return {Token::Kind::kSign, text_.substr(at_++, 1), where_};
  }

  template <class Belongs>
  Token take(Token::Kind kind, Belongs belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) at_++;
    return {kind, text_.substr(begin, at_ - begin), where_};
  }

  // A sign belongs to a number only behind the e of an exponent: 1e-3.
  Token number() {
    char before = 0;
    return take(Token::Kind::kNumber, [&](char c) {
      const bool exponent = before == 'e' || before == 'E';
      const bool belongs = is_digit(c) || is_letter(c) || c == '.' || (exponent && (c == '-' || c == '+'));
      before = c;
      return belongs;
    });
  }

  Token quoted(char quote) {
    const std::size_t begin = ++at_;
    const std::size_t end = std::min(text_.find(quote, begin), text_.find('\n', begin));
    if (end == std::string_view::npos || text_[end] != quote) {
      throw_at(where_, fmt::format("the text {}{} has no closing quote", quote,
                                   text_.substr(begin, text_.find('\n', begin) - begin)));
    }
    at_ = end + 1;
    return {Token::Kind::kText, text_.substr(begin, end - begin), where_};
  }

  std::string_view text_;
  Location where_;
  std::size_t at_ = 0;
  int depth_ = 0;  // of brackets, in which a line goes on
};

// ---- Tokens -> expressions.

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  std::vector<Statement> program() {
    std::vector<Statement> result;
    while (here().kind != Token::Kind::kEnd) {
      if (here().kind != Token::Kind::kLineEnd) result.push_back(statement());
      end_line();
    }
    return result;
  }

  Expression whole_expression() {
    Expression result = sum();
    end_line();
    return result;
  }

 private:
  const Token& here() const { return tokens_[at_]; }
  const Token& after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return tokens_[at_++]; }
  bool skip(std::string_view sign) {
    if (!here().is(sign)) return false;
    at_++;
    return true;
  }
  [[noreturn]] void expected(std::string_view what) const {
    throw_at(here().where, fmt::format("{} is expected, {} was found", what, here().found()));
  }
  void close(std::string_view bracket, Location opened) {
    if (skip(bracket)) return;
    if (here().kind != Token::Kind::kEnd && here().kind != Token::Kind::kLineEnd)
      expected(fmt::format("a comma or {}", bracket));
    throw_at(opened, fmt::format("a bracket is opened here and never closed, a {} is missing", bracket));
  }
  void end_line() {
    if (here().kind != Token::Kind::kLineEnd) expected("an operator or the end of the line");
    at_++;
  }

  Statement statement() {
    const Location where = here().where;
    operators_ = 0;
    if (here().kind != Token::Kind::kName || !after().is("=")) return {where, "", sum()};
    const std::string name(take().text);
    at_++;
    return {where, name, sum()};
  }

  Expression sum() {
    return chain("+-", [this] { return product(); });
  }
  Expression product() {
    return chain("*/", [this] { return signed_value(); });
  }

  // From left to right: a - b - c is (a - b) - c.
  template <class Next>
  Expression chain(std::string_view signs, Next next) {
    Expression result = next();
    while (here().kind == Token::Kind::kSign && signs.find(here().text) != std::string_view::npos) {
      const Token sign = take();
      if (++operators_ > kLongest)
        throw_at(sign.where, fmt::format("a line has {} operators at most", kLongest));
      std::vector<Expression> parts;
      parts.push_back(std::move(result));
      parts.push_back(next());
      result = {.kind = Kind::kOperator,
                .where = sign.where,
                .text = std::string(sign.text),
                .parts = std::move(parts)};
    }
    return result;
  }

  Expression signed_value() {
    if (!here().is("-")) return value();
    const Location where = take().where;
    Expression of = deeper([this] { return signed_value(); });
    if (of.kind == Kind::kNumber) {
      of.number = -of.number;
      return of;
    }
    return {.kind = Kind::kOperator, .where = where, .text = "-", .parts = {std::move(of)}};
  }

  Expression value() {
    const Token token = here();
    switch (token.kind) {
      case Token::Kind::kNumber:
        return number();
      case Token::Kind::kText:
        at_++;
        return {.kind = Kind::kText, .where = token.where, .text = std::string(token.text)};
      case Token::Kind::kName:
        return name_or_call();
      default:
        if (token.is("(")) return deeper([this] { return in_parentheses(); });
        if (token.is("[")) return deeper([this] { return list(); });
        expected("a name, a number or a bracket");
    }
  }

  Expression number() {
    const Token token = take();
    const std::string_view digits =
        token.text.ends_with('.') ? token.text.substr(0, token.text.size() - 1) : token.text;
    const std::optional<double> number =
        parsed<double>(digits.starts_with('.') ? fmt::format("0{}", digits) : digits);
    if (!number) throw_at(token.where, fmt::format("\"{}\" is not a number", token.text));
    return {.kind = Kind::kNumber, .where = token.where, .number = *number};
  }

  Expression name_or_call() {
    const Token name = take();
    if (!here().is("(")) return {.kind = Kind::kName, .where = name.where, .text = std::string(name.text)};
    Expression call{.kind = Kind::kCall, .where = name.where, .text = std::string(name.text)};
    const Location opened = take().where;
    call.parts = deeper([this] { return arguments(); });
    close(")", opened);
    return call;
  }

  std::vector<Expression> arguments() {
    std::vector<Expression> result;
    while (!here().is(")")) {
      const bool named_before = !result.empty() && !result.back().keyword.empty();
      result.push_back(argument());
      if (named_before && result.back().keyword.empty())
        throw_at(result.back().where, "an argument without a name stands behind one with a name");
      if (!skip(",")) break;
    }
    return result;
  }

  Expression argument() {
    std::string keyword;
    if (here().kind == Token::Kind::kName && after().is("=")) {
      keyword = take().text;
      at_++;
    }
    Expression result = sum();
    result.keyword = std::move(keyword);
    return result;
  }

  // One value in parentheses is that value; several are a list, as Python's tuples.
  Expression in_parentheses() {
    const Location opened = take().where;
    Expression list{.kind = Kind::kList, .where = opened, .parts = {sum()}};
    bool several = false;
    while (skip(",")) {
      several = true;
      if (!here().is(")")) list.parts.push_back(sum());
    }
    close(")", opened);
    if (several) return list;
    return std::move(list.parts.front());
  }

  // Whether a minus belongs to what follows, as in "1 -2" and not in "1 - 2" or "1-2".
  bool is_sign() const {
    const auto joins = [](const Token& a, const Token& b) {
      return a.text.data() + a.text.size() == b.text.data();
    };
    return joins(here(), after()) && !joins(tokens_[at_ - 1], here());
  }

  // Elements have commas or only blanks between them; what is computed has a line of its own.
  Expression list() {
    const Location opened = take().where;
    Expression result{.kind = Kind::kList, .where = opened};
    const auto begins_element = [this](bool separated) {
      if (here().is("-")) return separated || is_sign();
      return here().kind == Token::Kind::kNumber || here().kind == Token::Kind::kName || here().is("[");
    };
    for (bool separated = true; begins_element(separated); separated = skip(","))
      result.parts.push_back(signed_value());
    close("]", opened);
    return result;
  }

  // Runs f, which may open another bracket.
  template <class F>
  auto deeper(F f) -> decltype(f()) {
    if (++depth_ > kDeepest) throw_at(here().where, fmt::format("brackets stand {} deep at most", kDeepest));
    auto result = f();
    depth_--;
    return result;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0, operators_ = 0;
};

}  // namespace

std::vector<Statement> parse_program(std::string_view text, Location begin) {
  return Parser(Lexer(text, begin).tokens()).program();
}

Expression parse_expression(std::string_view text, Location begin) {
  return Parser(Lexer(text, begin).tokens()).whole_expression();
}

void throw_at(Location where, std::string_view message) {
  throw FormatError(fmt::format("{}: {}", where.text(), message));
}

}  // namespace reel::apps
