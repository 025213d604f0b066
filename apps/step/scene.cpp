#include "step/scene.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/nearest.h>

#include "step/functions.h"

namespace reel::apps {
namespace {

using Kind = Expression::Kind;

// ---- Numbers in brackets -> a tensor.

bool is_numbers(const Expression& e) {
  return e.kind == Kind::kNumber || (e.kind == Kind::kList && std::ranges::all_of(e.parts, is_numbers));
}

std::string size_text(const std::vector<Index>& sizes) {
  if (sizes.empty()) return "one number";
  return fmt::format("{} element{}", sizes[0], sizes[0] == 1 ? "" : "s");
}

// The sizes of a list of lists, whose rows are equally long.
std::vector<Index> sizes_of(const Expression& list) {
  if (list.kind == Kind::kNumber) return {};
  std::vector<Index> sizes{std::ssize(list.parts)};
  if (list.parts.empty()) return sizes;
  const std::vector<Index> first = sizes_of(list.parts[0]);
  for (std::size_t i = 1; i < list.parts.size(); i++) {
    const std::vector<Index> other = sizes_of(list.parts[i]);
    if (other == first) continue;
    throw_at(list.parts[i].where, fmt::format("rows of numbers are equally long: row 0 has {}, row {} has {}",
                                              size_text(first), i, size_text(other)));
  }
  sizes.insert(sizes.end(), first.begin(), first.end());
  return sizes;
}

void append_numbers(const Expression& e, std::vector<Scalar>& numbers) {
  if (e.kind == Kind::kNumber) numbers.push_back(static_cast<Scalar>(e.number));
  for (const Expression& part : e.parts) append_numbers(part, numbers);
}

// ---- Errors.

// Runs f, whose errors name the line: not each has one, as that of a shape.
template <class F>
void with_line(Location where, F&& f) {
  try {
    f();
  } catch (Error& error) {
    const std::string file = where.file + std::string(":");
    if (std::string_view(error.what()).find(file) == std::string_view::npos)
      error = Error(fmt::format("{}: {}", where.text(), error.what()));
    throw;
  }
}

// ---- Operators.

template <class A, class B>
Value operated(char sign, const A& a, const B& b) {
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a / b;
  }
}

}  // namespace

Scene::Scene(const Lesson& lesson, DigitChoice choice)
    : lesson_(lesson), materials_{.choice = std::move(choice)} {
  for (const Statement& statement :
       parse_program(lesson.program.text, {{}, lesson.file.c_str(), lesson.program.line})) {
    with_line(statement.where, [&] { run(statement); });
  }
}

Var Scene::loss() const {
  const auto found = names_.find("loss");
  const Var loss = found == names_.end() ? last_ : found->second;
  const Location end{{}, lesson_.file.c_str(), lesson_.program.line};
  if (!loss.defined()) throw_at(end, "the program computes nothing; its last line is the loss");
  const NodeInfo node = materials_.tape.nodes()[loss.index()];
  if (loss.numel() != 1) {
    throw_at(
        node.where,
        fmt::format("the loss is one number, {} is {}: a program ends as in loss = mean(...), or names its "
                    "loss",
                    node.name, loss.shape()));
  }
  return loss;
}

void Scene::run(const Statement& statement) {
  const auto& [where, name, expression] = statement;
  if (const auto earlier = names_.find(name); earlier != names_.end()) {
    throw_at(where, fmt::format("{} is made twice; each tensor has a name of its own", name));
  }
  if (name == "None" || name == "True" || name == "False")
    throw_at(where, fmt::format("{} is a word of the language, and no name for a tensor", name));
  if (!name.empty() && expression.kind == Kind::kName)
    throw_at(where, fmt::format("{} would be a second name of {}; a tensor has one", name, expression.text));
  const Value value = value_of(expression, name);
  last_ = on_tape(materials_, value, where, name.empty() ? "what a line computes" : name);
  if (name.empty()) return;
  last_.named({name, where});
  names_.emplace(name, last_);
}

Value Scene::value_of(const Expression& expression, const std::string& name) {
  switch (expression.kind) {
    case Kind::kNumber:
      return expression.number;
    case Kind::kText:
      return expression.text;
    case Kind::kName:
      return named(expression);
    case Kind::kList:
      return list(expression);
    case Kind::kOperator:
      return operation(expression);
    case Kind::kCall:
      break;
  }
  return call(expression, name);
}

Value Scene::named(const Expression& name) const {
  if (name.text == "None") return None();
  if (name.text == "True" || name.text == "False") return name.text == "True";
  if (const auto found = names_.find(name.text); found != names_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, var] : names_) names.push_back(known);
  throw_at(name.where, fmt::format("nothing is called \"{}\" yet{}", name.text,
                                   suggestion(name.text, names, "; a line above must make it")));
}

Value Scene::list(const Expression& list) {
  if (is_numbers(list)) {
    std::vector<Scalar> numbers;
    append_numbers(list, numbers);
    return Tensor::from({Shape(sizes_of(list)), list.where}, numbers);
  }
  std::vector<Var> tensors;
  for (const Expression& part : list.parts)
    tensors.push_back(on_tape(materials_, value_of(part), part.where, "what stands in brackets"));
  return tensors;
}

Value Scene::operation(const Expression& operation) {
  using Side = std::variant<Scalar, Operand>;
  const auto side = [&](const Expression& part) -> Side {
    const Value value = value_of(part);
    if (const double* number = std::get_if<double>(&value)) return static_cast<Scalar>(*number);
    return on_tape(materials_, value, operation.where, fmt::format("what stands beside {}", operation.text));
  };
  const Side first = side(operation.parts[0]);
  if (operation.parts.size() == 1) {
    return std::visit([](const auto& of) -> Value { return -of; }, first);
  }
  const Side second = side(operation.parts[1]);
  return std::visit([&](const auto& a, const auto& b) { return operated(operation.text[0], a, b); }, first,
                    second);
}

Value Scene::call(const Expression& call, const std::string& name) {
  const Function& function = function_called(call);
  std::vector<Value> given;
  for (const Expression& part : call.parts) given.push_back(value_of(part));
  return function.call({parse_expression(function.signature, {}), call, std::move(given), name, materials_});
}

}  // namespace reel::apps
