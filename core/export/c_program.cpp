// The texts of arrays, helpers and lines.
#include <reel/core/export/detail/c_program.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION::c {
namespace {

struct Helper {
  std::string_view name, result, parameters, value;
};
constexpr std::array<Helper, 7> kHelpers{
    {{"max", "int", "int a, int b", "a > b ? a : b"},
     {"min", "int", "int a, int b", "a < b ? a : b"},
     {"sigmoid", "float", "float x", "1.0f / (1.0f + expf(-x))"},
     {"relu6", "float", "float x", "x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x"},
     {"sign", "float", "float x", "(float)((x > 0.0f) - (x < 0.0f))"},
     {"Phi", "float", "float x", "0.5f * (1.0f + erff(0.70710678f * x))"},
     {"phi", "float", "float x", "0.39894228f * expf(-0.5f * x * x)"}}};

std::string number_text(Scalar number, bool is_whole) {
  return is_whole ? fmt::format("{}", static_cast<Index>(number)) : literal(static_cast<double>(number));
}

// Dimension `d` becomes the last.
Tensor turned(const Tensor& x, Index d) {
  Index outer = 1, inner = 1;
  std::vector<Index> sizes;
  for (Index k = 0; k < x.dim(); k++) {
    if (k != d) (k < d ? outer : inner) *= x.size(k);
    if (k != d) sizes.push_back(x.size(k));
  }
  sizes.push_back(x.size(d));
  Tensor y = Tensor::uninitialized(Shape(sizes));
  Scalar* to = y.mutable_data();
  for (Index o = 0; o < outer; o++) {
    for (Index i = 0; i < inner; i++) {
      for (Index k = 0; k < x.size(d); k++) *to++ = x.data()[(o * x.size(d) + k) * inner + i];
    }
  }
  return y;
}

bool is_same(const Tensor& a, const Tensor& b) { return a.shares_storage(b) && a.shape() == b.shape(); }

}  // namespace

std::string literal(double value) {
  const auto number = static_cast<float>(value);
  if (std::isnan(number)) return "NAN";
  if (std::isinf(number)) return number > 0 ? "INFINITY" : "-INFINITY";
  std::string text = fmt::format("{}", number);  // the shortest that is read as the same
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string identifier(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

std::string comment_text(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    const char before = safe.empty() ? ' ' : safe.back();
    if ((before == '*' && c == '/') || (before == '/' && c == '*')) safe += ' ';
    safe += c;
  }
  return safe;
}

std::string array_definition(std::string_view name, const Tensor& numbers, bool is_whole) {
  constexpr std::size_t kWidth = 110;
  std::string text =
      fmt::format("static const {} {}[{}] = {{", is_whole ? "int" : "float", name, numbers.numel());
  std::size_t begin = 0;
  for (const Scalar number : numbers.values()) {
    const std::string one = number_text(number, is_whole) + ",";
    const bool breaks = begin == 0 || text.size() + one.size() - begin > kWidth;
    text += breaks ? "\n  " : " ";
    if (breaks) begin = text.size() - 2;
    text += one;
  }
  text.pop_back();
  return text + "};\n";
}

Program::Program(std::string name) : name_(std::move(name)) {
  for (const Helper& helper : kHelpers) names_.insert(fmt::format("{}_{}", name_, helper.name));
}

std::string Program::unique(const std::string& wanted) {
  std::string name = fmt::format("{}_{}", name_, identifier(wanted));
  for (int n = 2; !names_.insert(name).second; n++)
    name = fmt::format("{}_{}_{}", name_, identifier(wanted), n);
  return name;
}

std::string Program::define(const std::string& wanted, const Tensor& numbers, bool is_whole) {
  const auto same = [&](const auto& known) { return is_same(known.second, numbers); };
  if (const auto known = std::ranges::find_if(constants_, same); known != constants_.end())
    return known->first;
  const std::string name = unique(wanted);
  constants_.emplace_back(name, numbers);
  bytes_ += numbers.numel() * 4;
  arrays_ += fmt::format("/* {} */\n{}", numbers.shape(), array_definition(name, numbers, is_whole));
  return name;
}

std::string Program::array(const Value& value) {
  return value.is_constant() ? define(value.name, value.constant, false) : value.name;
}

std::string Program::array(const formula::Table& table, bool is_whole) {
  return define(table.name, table.numbers, is_whole);
}

Tensor Program::with_last(const Tensor& numbers, Index d) {
  const auto same = [&](const Turned& known) { return known.last == d && is_same(known.numbers, numbers); };
  const auto known = std::ranges::find_if(turned_, same);
  return known != turned_.end() ? known->turned
                                : turned_.emplace_back(Turned{numbers, d, turned(numbers, d)}).turned;
}

std::string Program::helper(std::string_view of) {
  const std::string name = fmt::format("{}_{}", name_, of);
  const auto* const found = std::ranges::find(kHelpers, of, &Helper::name);
  helpers_[name] = fmt::format("static inline {} {}({}) {{ return {}; }}\n", found->result, name,
                               found->parameters, found->value);
  return name;
}

void Program::line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('\n'));
    lines_ += std::string(static_cast<std::size_t>(2 * depth_), ' ') + std::string(one) + "\n";
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
}

void Program::comment(std::string_view text) {
  std::string all;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('\n'));
    all += (all.empty() ? "/* " : "\n * ") + comment_text(one);
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
  line(all + " */");
}

void Program::open(std::string_view text) {
  line(text);
  depth_++;
}

void Program::close(std::string_view end) {
  depth_--;
  line(end);
}

std::string Program::definitions() const {
  std::string text;
  for (const auto& [name, definition] : helpers_) text += definition;
  return text + arrays_;
}

}  // namespace reel::inline REEL_PRECISION::c
