// A program in C99 as it grows: arrays, helpers and the lines of one function. Internal to export_c.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/formula/formula.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION::c {

/// A number as C writes a float of the same bits: "0.5f", "INFINITY".
std::string literal(double value);
/// The text with "_" in place of what no name may have.
std::string identifier(std::string_view text);
/// A line as it may stand in a comment.
std::string comment_text(std::string_view text);

/// A tensor that the program reads or writes: an array, or constants that become one where they are used.
struct Value {
  std::string name;  ///< of constants, what they would be called
  Shape shape;
  Tensor constant = {};  ///< undefined of an array

  bool is_constant() const { return constant.defined(); }
};

class Program {
 public:
  /// Everything that it defines is called NAME or NAME_...
  explicit Program(std::string name);

  const std::string& name() const { return name_; }
  /// NAME_wanted, made an identifier that no other is.
  std::string unique(const std::string& wanted);
  /// The name of the array, which is defined from the first use on.
  std::string array(const Value& value);
  /// Of a table of a formula, of whole numbers or others.
  std::string array(const formula::Table& table, bool is_whole);
  /// Constants with dimension `d` as the last, the same tensor each time.
  Tensor with_last(const Tensor& numbers, Index d);
  /// The name of a small function: "max" and "min" of whole numbers; "sigmoid", "relu6", "sign", "Phi" and "phi".
  std::string helper(std::string_view of);
  /// A line of the function, or several.
  void line(std::string_view text);
  /// Lines of a comment, whatever is in them.
  void comment(std::string_view text);
  /// What the next lines belong to, "for (...) {", and the line that ends them, if there is one.
  void open(std::string_view text);
  void close(std::string_view end = "}");

  /// What was asked for: definitions of helpers and arrays.
  std::string definitions() const;
  const std::string& lines() const { return lines_; }
  /// Of all constants.
  Index bytes() const { return bytes_; }

 private:
  std::string define(const std::string& wanted, const Tensor& numbers, bool is_whole);

  std::string name_;
  std::set<std::string> names_;
  std::map<std::string, std::string> helpers_;             // by name: its definition
  std::vector<std::pair<std::string, Tensor>> constants_;  // and what they are called
  struct Turned {
    Tensor numbers;
    Index last;
    Tensor turned;
  };
  std::vector<Turned> turned_;
  std::string arrays_, lines_;
  int depth_ = 1;
  Index bytes_ = 0;
};

/// "static const float NAME[6] = {...};" and so on.
std::string array_definition(std::string_view name, const Tensor& numbers, bool is_whole = false);

}  // namespace reel::inline REEL_PRECISION::c
