// The language of a lesson's program: lines such as  z = conv2d(x, w, padding=1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/core/location.h>

namespace reel::apps {

/// A value of a program and how it is made of others.
struct Expression {
  enum class Kind {
    kNumber,    ///< 0.5
    kText,      ///< "sum", without its quotes
    kName,      ///< x, or True, False and None
    kList,      ///< [1, 2] or (1, 2), of any depth
    kCall,      ///< conv2d(x, w): the function is `text`, its arguments are `parts`
    kOperator,  ///< x + a: `text` is + - * or /, of two parts, or - of one
  };
  Kind kind;
  Location where;
  std::string text = {};
  double number = 0;
  std::vector<Expression> parts = {};
  std::string keyword = {};  ///< what an argument is given by: "padding"; empty where its place says it
};

/// One line: a value, and its name where it has one.
struct Statement {
  Location where;
  std::string name;
  Expression value;
};

/// Lines end where a line does, but for what stands in brackets; from a # on a line is a remark. The first line is at
/// `begin`, whose file must live as long as what is returned. A mistake is a FormatError that names its line.
std::vector<Statement> parse_program(std::string_view text, Location begin);
/// One expression, with nothing after it.
Expression parse_expression(std::string_view text, Location begin);

/// A FormatError: "one-channel.lesson:14: ...".
[[noreturn]] void throw_at(Location where, std::string_view message);

}  // namespace reel::apps
