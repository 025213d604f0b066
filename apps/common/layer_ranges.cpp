#include "common/layer_ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/option_check.h>

namespace reel::apps {
namespace {

constexpr std::string_view kWeightSuffix = ".weight";

ValueRange range_of(std::int64_t step, const Tensor& tensor) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ValueRange range{static_cast<double>(step), kInfinity, -kInfinity, 0};
  for (const Scalar number : tensor.values()) {
    const auto x = static_cast<double>(number);
    range.least = std::min(range.least, x);
    range.most = std::max(range.most, x);
    range.rms += x * x;
  }
  range.rms = std::sqrt(range.rms / static_cast<double>(std::max<Index>(tensor.numel(), 1)));
  return range;
}

// The row of a state, see LayerRanges::state().
ValueRange range_at(const Tensor& rows, Index i, const std::string& name) {
  const auto number = [&](Index k) { return static_cast<double>(rows.at(i, k)); };
  const double step = number(0);
  if (!(step >= 0 && step <= static_cast<double>(kMaxCount)))
    throw FormatError(
        fmt::format("the ranges' state has the step {} in {:?}, 0 to {} is expected", step, name, kMaxCount));
  return {step, number(1), number(2), number(3)};
}

// The layer of that name, a new one at the end where there is none.
LayerRanges::Layer& layer_of(std::vector<LayerRanges::Layer>& layers, const std::string& name) {
  const auto found = std::ranges::find(layers, name, &LayerRanges::Layer::name);
  return found != layers.end() ? *found : layers.emplace_back(LayerRanges::Layer{name, {}});
}

}  // namespace

// The last node of each layer is its result.
std::map<std::string, Tensor> results_by_layer(const Tape& tape) {
  std::map<std::string, Tensor> results;
  for (const NodeInfo& node : tape.nodes()) {
    if (!node.inputs.empty() && node.value.defined()) results[node.scope] = node.value;
  }
  return results;
}

void LayerRanges::sample(std::int64_t step, const Module& net, const std::map<std::string, Tensor>& results) {
  for (const auto& [path, parameter] : net.named_parameters()) {
    if (!path.ends_with(kWeightSuffix)) continue;
    Layer& entry = layer_of(layers_, path.substr(0, path.size() - kWeightSuffix.size()));
    entry.ranges[kWeight].push_back(range_of(step, parameter->value));
    if (parameter->grad.defined()) entry.ranges[kGradient].push_back(range_of(step, parameter->grad));
    if (const auto result = results.find(entry.name); result != results.end())
      entry.ranges[kActivation].push_back(range_of(step, result->second));
  }
}

// Names are numbered, for the order of the layers: "0003.conv1.gradient", [samples, 4].
State LayerRanges::state() const {
  State state;
  for (std::size_t i = 0; i < layers_.size(); i++) {
    for (std::size_t kind = 0; kind < kKinds.size(); kind++) {
      const std::vector<ValueRange>& ranges = layers_[i].ranges[kind];
      Tensor rows = Tensor::uninitialized({std::ssize(ranges), 4});
      Scalar* to = rows.mutable_data();
      for (const ValueRange& r : ranges) {
        for (const double number : {r.step, r.least, r.most, r.rms}) *to++ = static_cast<Scalar>(number);
      }
      state.tensors[fmt::format("{:04}.{}.{}", i, layers_[i].name, kKinds[kind])] = rows;
    }
  }
  return state;
}

std::function<void()> LayerRanges::prepare_load(const State& state) {
  check_state({state.tensors, {}, {}}, state, "the ranges' state");
  std::vector<Layer> loaded;
  for (const auto& [name, rows] : state.tensors) {
    const std::size_t begin = name.find('.') + 1, end = name.rfind('.');
    const auto kind = std::ranges::find(kKinds, name.substr(end + 1));
    if (begin == 0 || begin > end || kind == kKinds.end() || rows.dim() != 2 || rows.size(1) != 4)
      throw FormatError(fmt::format(
          "the ranges' state has {:?} {}, rows of four numbers of a layer are expected", name, rows.shape()));
    Layer& layer = layer_of(loaded, name.substr(begin, end - begin));
    auto& ranges = layer.ranges[static_cast<std::size_t>(kind - kKinds.begin())];
    for (Index i = 0; i < rows.size(0); i++) ranges.push_back(range_at(rows, i, name));
  }
  return [this, loaded = std::move(loaded)]() mutable { layers_ = std::move(loaded); };
}

}  // namespace reel::apps
