// Networks as they are recorded for export.
#include <reel/layers/detail/recorded.h>

#include <algorithm>

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

std::vector<std::string> notes_on(const Recorded& a, const Recorded& other) {
  if (const auto difference = first_difference(a, other)) {
    return {fmt::format("forward() takes another way for another input, from {} on; the file holds one way",
                        node_text(a, other, *difference))};
  }
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < a.nodes.size(); i++) {
    const NodeInfo &x = a.nodes[i], &y = other.nodes[i];
    const bool is_input = std::ranges::find(a.inputs, i) != a.inputs.end();
    if (x.leaf == Leaf::kNone || is_input || same_bits(x.value, y.value)) continue;
    notes.push_back(
        fmt::format("forward() makes {} of its input's numbers outside of the tape; the file holds one",
                    node_text(a, other, i)));
  }
  return notes;
}

}  // namespace reel::inline REEL_PRECISION
