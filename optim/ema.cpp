#include <reel/optim/ema.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kGrain = 16384;  // numbers a piece, some ten microseconds

constexpr const char* kUpdates = "updates";

State no_average_yet(const Stateful& module) {
  State state = module.state().clone();
  state.integers = {{kUpdates, 0}};
  state.reals.clear();
  return state;
}

}  // namespace

Ema::Ema(const Stateful& module, EmaOptions options, Location where)
    : module_(module), decay_(options.decay), average_(no_average_yet(module)) {
  if (!(decay_ >= 0 && decay_ < 1)) {
    throw Error(fmt::format("Ema ({}): decay is {}, at least 0 and less than 1 is expected",
                            Scope::resolve(where).text(), decay_));
  }
}

void Ema::update() {
  const auto share = average_.integers.at(kUpdates)++ == 0 ? Scalar(1) : static_cast<Scalar>(1 - decay_);
  const State now = module_.state();
  for (auto& [name, average] : average_.tensors) {
    Scalar* to = average.mutable_data();
    const Scalar* from = now.tensors.at(name).values().data();
    parallel_for(average.numel(), kGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) to[i] += share * (from[i] - to[i]);
    });
  }
}

void Ema::swap() {
  State now = module_.state();
  for (auto& [name, average] : average_.tensors)
    std::ranges::swap_ranges(average.mutable_values(), now.tensors.at(name).mutable_values());
}

State Ema::state() const { return average_; }

std::function<void()> Ema::prepare_load(const State& state) {
  check_state(average_, state, "the averages' state");
  return [this, loaded = state]() mutable {
    for (auto& [name, average] : average_.tensors) average.copy_from(loaded.tensors.at(name));
    average_.integers.swap(loaded.integers);
  };
}

}  // namespace reel::inline REEL_PRECISION
