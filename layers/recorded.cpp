// Networks as they are recorded for export.
#include <reel/layers/detail/recorded.h>

#include <algorithm>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include <reel/core/random.h>
#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {

Forward forward_of(Located<Module&> module) {
  return [module](std::span<const Var> x) { return std::vector{module.value({x[0], module.where})}; };
}

std::vector<bool> Recorded::used() const {
  std::vector<bool> used(nodes.size());
  for (const std::size_t output : outputs) used[output] = true;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (!used[i]) continue;
    for (const std::size_t input : nodes[i].input_positions) used[input] = true;
  }
  return used;
}

Recorded record(const Forward& forward, const std::vector<Tensor>& inputs, Location where) {
  const GeneratorGuard generator;
  Recorded r{.tape = std::make_unique<Tape>(), .nodes = {}, .inputs = {}, .outputs = {}};
  std::vector<Var> vars;
  for (const Tensor& input : inputs) vars.push_back(r.tape->input({input, where}));
  for (const Var& x : vars) r.inputs.push_back(x.index());
  for (const Var& y : forward(vars)) r.outputs.push_back(y.index());
  r.nodes = r.tape->nodes();
  return r;
}

Tensor random_sample(const Shape& shape) {
  const GeneratorGuard generator;
  set_generator_state({});
  return Tensor::randn(shape);
}

std::vector<Tensor> zeros_like(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> zeros;
  for (const Tensor& tensor : tensors) zeros.push_back(Tensor::zeros(tensor.shape()));
  return zeros;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(std::as_bytes(a.values()), std::as_bytes(b.values()));
}

std::optional<std::size_t> first_difference(const Recorded& a, const Recorded& b) {
  const std::size_t common = std::min(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < common; i++) {
    const NodeInfo &x = a.nodes[i], &y = b.nodes[i];
    if (x.op != y.op || x.leaf != y.leaf || x.input_positions != y.input_positions) return i;
    if (x.leaf == Leaf::kParameter && !x.value.shares_storage(y.value)) return i;
  }
  return a.nodes.size() == b.nodes.size() ? std::nullopt : std::optional(common);
}

std::string node_text(const Recorded& a, const Recorded& b, std::size_t i) {
  return fmt::format("\"{}\"", printable((i < a.nodes.size() ? a : b).nodes[i].name));
}

namespace {

bool same_numbers(const onnx::Operator& a, const onnx::Operator& b);

bool same_numbers(const onnx::Operand& a, const onnx::Operand& b) {
  if (a.is.index() != b.is.index()) return false;
  if (const auto* const tensor = std::get_if<Tensor>(&a.is))
    return same_bits(*tensor, std::get<Tensor>(b.is));
  using Made = std::shared_ptr<const onnx::Operator>;
  if (const auto* const made = std::get_if<Made>(&a.is)) return same_numbers(**made, *std::get<Made>(b.is));
  using Numbers = std::vector<Index>;
  return !std::holds_alternative<Numbers>(a.is) || std::get<Numbers>(a.is) == std::get<Numbers>(b.is);
}

bool same_numbers(const onnx::Operator& a, const onnx::Operator& b) {
  const auto same_operand = [](const onnx::Operand& x, const onnx::Operand& y) { return same_numbers(x, y); };
  const auto same_value = [](const onnx::Attribute& x, const onnx::Attribute& y) {
    return x.value == y.value;
  };
  return a.type == b.type && std::ranges::equal(a.operands, b.operands, same_operand) &&
         std::ranges::equal(a.attributes, b.attributes, same_value);
}

// Whether two calls of one op were given the same numbers beside its inputs.
bool same_call(const OpFacts& a, const OpFacts& b) {
  const auto same_option = [](const OpOption& x, const OpOption& y) {
    return x.name == y.name && x.values == y.values;
  };
  return std::ranges::equal(a.options, b.options, same_option) &&
         (!a.in_onnx || !b.in_onnx || same_numbers(a.in_onnx(), b.in_onnx()));
}

// A node whose numbers differ, which no input of the network leads to on the tape.
std::optional<std::size_t> first_other_number(const Recorded& a, const Recorded& b, std::size_t from = 0) {
  for (std::size_t i = from; i < a.nodes.size(); i++) {
    const NodeInfo &x = a.nodes[i], &y = b.nodes[i];
    const bool is_input = std::ranges::find(a.inputs, i) != a.inputs.end();
    if (!is_input && !(x.leaf == Leaf::kNone ? same_call(x.facts, y.facts) : same_bits(x.value, y.value)))
      return i;
  }
  return {};
}

}  // namespace

std::vector<std::string> notes_on(const Recorded& a, const Recorded& other) {
  if (const auto difference = first_difference(a, other)) {
    return {fmt::format("forward() takes another way for another input, from {} on; the file holds one way",
                        node_text(a, other, *difference))};
  }
  std::vector<std::string> notes;
  for (auto i = first_other_number(a, other); i; i = first_other_number(a, other, *i + 1)) {
    const bool is_leaf = a.nodes[*i].leaf != Leaf::kNone;
    notes.push_back(
        fmt::format("forward() makes {}{} of its input's numbers outside of the tape; the file holds one",
                    is_leaf ? "" : "numbers of ", node_text(a, other, *i)));
  }
  return notes;
}

void check_draws_nothing(std::string_view label, const Recorded& a, const Forward& forward,
                         const std::vector<Tensor>& inputs, Location where) {
  const GeneratorGuard generator;
  seed(generator_state().seed + 1);
  const Recorded other = record(forward, inputs, where);
  auto i = first_difference(a, other);
  if (!i) i = first_other_number(a, other);
  if (!i) return;
  throw Error(fmt::format(
      "{}: forward() draws random numbers for {}; draw them outside of it and give them as an input", label,
      node_text(a, other, *i)));
}

}  // namespace reel::inline REEL_PRECISION
