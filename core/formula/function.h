// Functions of one number, read from the words of their FunctionText, so that they can be written in another language.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// What the words of a function say. A leaf is a number or a variable: "6", "x". Else `symbol` is what is done with the
/// operands: "+" "-" "*" "/" "^" of two, "-" of one, a function that the words may call, such as "exp", "<" ">" "<="
/// ">=" and "and" of conditions, or "where" of a condition, what holds where it is true, and what holds elsewhere.
struct Expression {
  std::string symbol;
  std::vector<Expression> operands = {};
};

/// Of words as FunctionText has them, in terms of `variables`; the constants, and what the words define themselves, are
/// put in their places. Words that cannot be read are an Error that says where.
Expression parse_function(std::string_view words, const std::map<std::string, double>& constants,
                          std::initializer_list<std::string_view> variables = {"x"});

/// Its number where x and y have these values; a condition is 1 or 0.
double evaluate(const Expression& e, double x, double y = 0);

}  // namespace reel::inline REEL_PRECISION
