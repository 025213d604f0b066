// What an op is asked about one number, and how it gives the terms.
#include <reel/core/explain.h>

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

std::array<Index, Shape::kMaxDim> index_of(const Shape& shape, Index element) {
  std::array<Index, Shape::kMaxDim> index{};
  for (Index d = shape.dim(); d-- > 0;) {
    index[static_cast<std::size_t>(d)] = element % shape[d];
    element /= shape[d];
  }
  return index;
}

Factor factor(Factor::Of of, std::size_t input, const Tensor& tensor, Index at) {
  if (at < 0 || at >= tensor.numel()) {
    throw Error(fmt::format("its explanation asks for element {} of {}", at, tensor.shape()));
  }
  return {.of = of, .input = input, .index = at, .value = static_cast<double>(tensor.data()[at])};
}

}  // namespace

Explain::Explain(Question question, const TermSink& sink) : question_(std::move(question)), sink_(sink) {
  shape_ = of_output() ? output().shape() : input(of_input()).shape();
  index_ = index_of(shape_, element());
}

const Tensor& Explain::input(std::size_t i) const {
  if (i >= inputs()) {
    throw Error(fmt::format("its explanation asks for input {}, it has {}", i, inputs()));
  }
  return question_.inputs[i];
}

const Tensor& Explain::dy() const {
  if (of_output()) throw Error("its explanation of the output asks for dy, which only gradients are made of");
  return question_.dy;
}

const std::string& Explain::x_name(std::size_t i) const {
  input(i);  // an Error where there is none
  return question_.input_names[i];
}

std::string Explain::dy_name() const { return gradient_name(y_name()); }

Factor Explain::x(std::size_t i, Index at) const { return factor(Factor::Of::kInput, i, input(i), at); }
Factor Explain::y(Index at) const { return factor(Factor::Of::kOutput, 0, output(), at); }
Factor Explain::dy(Index at) const { return factor(Factor::Of::kOutputGradient, 0, dy(), at); }

void Explain::rule(std::string place, std::string formula, std::vector<std::string> loop) {
  explanation_.place = std::move(place);
  explanation_.formula = std::move(formula);
  explanation_.loop = std::move(loop);
}

void Explain::term(std::span<const Index> loop, Factor a, Factor b, std::string_view note) {
  give({.loop = loop, .a = a, .b = b, .product = a.value * b.value, .note = note});
}

void Explain::left_out(std::span<const Index> loop, Factor a, std::string_view note, std::string_view zero) {
  give({.loop = loop, .a = a, .b = number(0, zero), .product = 0, .note = note});
}

void Explain::give(const Term& term) {
  if (!term.loop.empty() && term.loop.size() != explanation_.loop.size()) {
    throw Error(fmt::format("its explanation gave a term {} counters, its rule named {}", term.loop.size(),
                            explanation_.loop.size()));
  }
  explanation_.terms++;
  explanation_.sum += term.product;
  explanation_.magnitude += std::abs(term.product);
  sink_(term);
}

std::string gradient_name(std::string_view name) { return fmt::format("d{}", name); }

std::string index_text(const Shape& shape, Index element) { return bracketed(index_texts(shape, element)); }

std::vector<std::string> index_texts(const Shape& shape, Index element) {
  std::vector<std::string> texts;
  const auto index = index_of(shape, element);
  for (std::size_t d = 0; std::ssize(texts) < shape.dim(); d++) texts.push_back(std::to_string(index[d]));
  return texts;
}

std::string bracketed(std::span<const std::string> index) {
  return index.empty() ? "" : fmt::format("[{}]", fmt::join(index, ","));
}

std::vector<std::string> loop_names(const Shape& shape) {
  if (shape.dim() == 4) return {"n", "c", "i", "j"};
  std::vector<std::string> names;
  for (Index d = 0; d < shape.dim(); d++) names.emplace_back(1, static_cast<char>('i' + d));
  return names;
}

bool next_index(const Shape& shape, std::span<Index> index) {
  for (std::size_t d = index.size(); d-- > 0;) {
    if (++index[d] < shape[static_cast<Index>(d)]) return true;
    index[d] = 0;
  }
  return false;
}

}  // namespace reel::inline REEL_PRECISION
