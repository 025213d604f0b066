// What a function of a lesson's program is given, by the names of its signature.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <reel/core/ops/ops.h>

#include "step/materials.h"
#include "step/syntax.h"

namespace reel::apps {

struct None {};
/// What an expression comes to: a tensor on the tape, plain numbers, several tensors, or what options are.
using Value = std::variant<None, bool, double, std::string, Tensor, Var, std::vector<Var>>;

/// The tensor on the tape that a value is or becomes: plain numbers are an input. A FormatError names `what` where it
/// is neither.
Operand on_tape(Materials& materials, const Value& value, Location where, std::string_view what);

/// The arguments of one call. A getter takes the name of the signature; a value that is not of its kind is a
/// FormatError that names line, function and argument.
class Arguments {
 public:
  /// `signature` is a call as well, "conv2d(x, weight, bias=None, stride=1)", with defaults for what may be left out;
  /// `given` are the values of the parts of `call`. `name` is that of the line, empty within another call.
  Arguments(const Expression& signature, const Expression& call, std::vector<Value> given, std::string name,
            Materials& materials);

  Materials& materials() const { return materials_; }
  Location where() const { return where_; }
  /// The name of the line, which a layer must have.
  const std::string& name() const { return name_; }
  std::string layer_name() const;

  /// The first argument as a tensor / N of them, of which the first is at `From`; an undefined Var where the default
  /// None stands.
  Operand tensor() const { return tensor_at(0); }
  template <std::size_t N, std::size_t From = 0>
  std::array<Operand, N> tensors() const {
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<Operand, N>{
          tensor_at(From + I)...};  // braces: one after another, as the tape has them
    }
    (std::make_index_sequence<N>());
  }
  /// Tensors in brackets: [a, b].
  std::vector<Var> several(std::string_view name) const;
  /// Plain numbers, one or in brackets, also as the name of an input.
  Tensor constant(std::string_view name) const;

  bool is_none(std::string_view name) const { return std::holds_alternative<None>(value(name)); }
  bool is_number(std::string_view name) const { return std::holds_alternative<double>(value(name)); }
  double number(std::string_view name) const;
  Index whole(std::string_view name) const;
  bool flag(std::string_view name) const;
  /// One whole number or several.
  std::vector<Index> wholes(std::string_view name) const;
  std::vector<int> labels(std::string_view name) const;
  Size2 size2(std::string_view name) const;
  Padding2 padding2(std::string_view name) const;
  Reduction reduction() const;
  /// Which of these texts it is.
  std::size_t one_of(std::string_view name, std::initializer_list<std::string_view> texts) const;

  [[noreturn]] void wrong(std::string_view name, std::string_view expected) const;

 private:
  Operand tensor_at(std::size_t i) const;
  const Value& value(std::string_view name) const;

  std::string function_, name_;
  Location where_;
  std::vector<std::string> names_;
  std::vector<Value> values_;
  Materials& materials_;
};

}  // namespace reel::apps
