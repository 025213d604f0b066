#include "step/arguments.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/nearest.h>

namespace reel::apps {
namespace {

using Kind = Expression::Kind;

// A default stands in the signature as it would in a program.
Value default_of(const Expression& parameter) {
  if (parameter.kind == Kind::kNumber) return parameter.number;
  if (parameter.kind == Kind::kText) return parameter.text;
  if (parameter.text == "None") return None();
  return parameter.text == "True";
}

bool is_required(const Expression& parameter) { return parameter.keyword.empty(); }
const std::string& name_of(const Expression& parameter) {
  return is_required(parameter) ? parameter.text : parameter.keyword;
}

constexpr double kLargestWhole = 1e9;  // more is a slip, and no size that a lesson has

bool is_whole(double x) { return std::trunc(x) == x && std::abs(x) <= kLargestWhole; }

// "conv2d(x, weight, bias, stride, padding)"
std::string shown(const std::string& function, const std::vector<std::string>& names) {
  return fmt::format("{}({})", function, fmt::join(names, ", "));
}

}  // namespace

Operand on_tape(Materials& materials, const Value& value, Location where, std::string_view what) {
  if (const Var* var = std::get_if<Var>(&value)) return {*var, where};
  if (const Tensor* numbers = std::get_if<Tensor>(&value))
    return {materials.tape.input({*numbers, where}), where};
  throw_at(where, fmt::format("{} is to be a tensor: its name, or numbers in brackets", what));
}

Arguments::Arguments(const Expression& signature, const Expression& call, std::vector<Value> given,
                     std::string name, Materials& materials)
    : function_(call.text), name_(std::move(name)), where_(call.where), materials_(materials) {
  for (const Expression& parameter : signature.parts) names_.push_back(name_of(parameter));
  std::vector<bool> is_given(names_.size());
  values_.resize(names_.size());
  for (std::size_t i = 0; i < given.size(); i++) {
    const std::string& keyword = call.parts[i].keyword;
    const auto found = std::ranges::find(names_, keyword);
    const std::size_t at = keyword.empty() ? i : static_cast<std::size_t>(found - names_.begin());
    if (!keyword.empty() && found == names_.end()) {
      throw_at(where_,
               fmt::format("{} has no argument \"{}\"{}", function_, keyword,
                           suggestion(keyword, names_, fmt::format("; it is {}", shown(function_, names_)))));
    }
    if (at >= names_.size())
      throw_at(where_, fmt::format("{} takes at most {} arguments: {}", function_, names_.size(),
                                   shown(function_, names_)));
    if (is_given[at]) throw_at(where_, fmt::format("{} is given \"{}\" twice", function_, names_[at]));
    is_given[at] = true;
    values_[at] = std::move(given[i]);
  }
  for (std::size_t i = 0; i < names_.size(); i++) {
    if (is_given[i]) continue;
    if (is_required(signature.parts[i]))
      throw_at(where_, fmt::format("{} wants \"{}\": {}", function_, names_[i], shown(function_, names_)));
    values_[i] = default_of(signature.parts[i]);
  }
}

const Value& Arguments::value(std::string_view name) const {
  return values_[static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin())];
}

void Arguments::wrong(std::string_view name, std::string_view expected) const {
  throw_at(where_, fmt::format("{}: {} is to be {}", function_, name, expected));
}

std::string Arguments::layer_name() const {
  if (name_.empty()) {
    throw_at(where_,
             fmt::format("{0} is a layer with weights and stands in a line of its own: name = {0}(...)",
                         function_));
  }
  return name_;
}

Operand Arguments::tensor_at(std::size_t i) const {
  if (std::holds_alternative<None>(values_[i])) return {Var(), where_};
  return on_tape(materials_, values_[i], where_, fmt::format("{}: {}", function_, names_[i]));
}

std::vector<Var> Arguments::several(std::string_view name) const {
  if (const auto* vars = std::get_if<std::vector<Var>>(&value(name))) return *vars;
  wrong(name, "names of tensors in brackets, as [a, b]");
}

Tensor Arguments::constant(std::string_view name) const {
  if (const Tensor* numbers = std::get_if<Tensor>(&value(name))) return *numbers;
  if (is_number(name)) return Tensor::full({}, static_cast<Scalar>(number(name)));
  const Var* var = std::get_if<Var>(&value(name));
  if (var && materials_.tape.nodes()[var->index()].leaf == Leaf::kInput) return var->value();
  wrong(name, "numbers in brackets, or the name of an input: no gradient leads to it");
}

double Arguments::number(std::string_view name) const {
  if (const double* number = std::get_if<double>(&value(name))) return *number;
  wrong(name, "a number");
}

bool Arguments::flag(std::string_view name) const {
  if (const bool* flag = std::get_if<bool>(&value(name))) return *flag;
  wrong(name, "True or False");
}

Index Arguments::whole(std::string_view name) const {
  const double* number = std::get_if<double>(&value(name));
  if (!number || !is_whole(*number)) wrong(name, "a whole number");
  return static_cast<Index>(*number);
}

std::vector<Index> Arguments::wholes(std::string_view name) const {
  if (is_number(name)) return {whole(name)};
  const Tensor* numbers = std::get_if<Tensor>(&value(name));
  if (!numbers || numbers->dim() != 1 || !std::ranges::all_of(numbers->values(), is_whole))
    wrong(name, "a whole number, or several in brackets");
  std::vector<Index> result;
  for (const Scalar x : numbers->values()) result.push_back(static_cast<Index>(x));
  return result;
}

std::vector<int> Arguments::labels(std::string_view name) const {
  std::vector<int> result;
  for (const Index label : wholes(name)) result.push_back(static_cast<int>(label));
  return result;
}

Size2 Arguments::size2(std::string_view name) const {
  const std::vector<Index> sizes = wholes(name);
  if (sizes.size() == 1) return sizes[0];
  if (sizes.size() == 2) return {sizes[0], sizes[1]};
  wrong(name, "a whole number or two, (rows, columns)");
}

Padding2 Arguments::padding2(std::string_view name) const {
  const std::vector<Index> sides = wholes(name);
  if (sides.size() == 4) return {sides[0], sides[1], sides[2], sides[3]};
  if (sides.size() > 2)
    wrong(name, "a whole number, two, (rows, columns), or four, (top, bottom, left, right)");
  const Size2 size = size2(name);
  return {size.h, size.w};
}

std::size_t Arguments::one_of(std::string_view name, std::initializer_list<std::string_view> texts) const {
  const std::string* text = std::get_if<std::string>(&value(name));
  const auto found = text ? std::ranges::find(texts, *text) : texts.end();
  if (found == texts.end()) wrong(name, fmt::format("\"{}\"", fmt::join(texts, "\" or \"")));
  return static_cast<std::size_t>(found - texts.begin());
}

Reduction Arguments::reduction() const {
  constexpr std::array kReductions{Reduction::kMean, Reduction::kSum, Reduction::kNone};
  return kReductions[one_of("reduction", {"mean", "sum", "none"})];
}

}  // namespace reel::apps
