#include "common/filters.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include <reel/core/option_check.h>
#include <reel/core/text/detail/parse.h>

namespace reel::apps {
namespace {

constexpr const char* kStateName = "the filters' state";

// Epochs are written with leading zeros, for their order.
std::string epoch_text(std::int64_t epoch) { return fmt::format("{:010}", epoch); }

FilterHistory::Moment moment_of(const std::string& name, const Tensor& weight) {
  const auto epoch = parsed<std::int64_t>(name);
  if (!epoch || *epoch < 0 || epoch_text(*epoch) != name || weight.dim() != 4) {
    throw FormatError(fmt::format("{} has {:?} {}, an epoch and filters [n,c,h,w] are expected", kStateName,
                                  name, weight.shape()));
  }
  return {*epoch, weight};
}

}  // namespace

std::optional<Filters> first_filters(const Module& net) {
  for (const auto& [name, parameter] : net.named_parameters()) {
    const Tensor& weight = parameter->value;
    if (weight.dim() != 4 || weight.size(2) * weight.size(3) == 1) continue;
    if (weight.size(1) != 1 && weight.size(1) != 3) break;
    return Filters{name, weight};
  }
  return std::nullopt;
}

void FilterHistory::add(std::int64_t epoch, const Module& net) {
  const std::optional<Filters> filters = first_filters(net);
  const bool is_kept = epoch == 0 || std::has_single_bit(static_cast<std::uint64_t>(epoch));
  const bool is_later = moments_.empty() || moments_.back().epoch < epoch;
  if (filters && is_kept && is_later) moments_.push_back({epoch, filters->weight.clone()});
}

State FilterHistory::state() const {
  State state;
  for (const auto& [epoch, weight] : moments_) state.tensors[epoch_text(epoch)] = weight;
  return state;
}

std::function<void()> FilterHistory::prepare_load(const State& state) {
  check_state({state.tensors, {}, {}}, state, kStateName);
  std::vector<Moment> loaded;
  for (const auto& [name, weight] : state.tensors) loaded.push_back(moment_of(name, weight));
  const auto fits = [&](const Moment& m) { return m.weight.shape() == loaded.front().weight.shape(); };
  if (!std::ranges::all_of(loaded, fits))
    throw FormatError(fmt::format("{} has filters of several shapes, one is expected", kStateName));
  return [this, loaded = std::move(loaded)]() mutable { moments_ = std::move(loaded); };
}

}  // namespace reel::apps
