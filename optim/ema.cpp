#include <reel/optim/ema.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kAveragingGrain = 16384;  // numbers a piece, some ten microseconds

constexpr const char* kUpdates = "updates";

State no_average_yet(const Stateful& module) {
  State state = module.state().clone();
  state.integers = {{kUpdates, 0}};
  state.reals.clear();
  return state;
}

}  // namespace

Ema::Ema(Located<Stateful&> module, EmaOptions options)
    : check_("Ema", module.where), module_(module), decay_(options.decay), average_(no_average_yet(module)) {
  check_.below("decay", decay_, 0, 1);
}

void Ema::check_not_swapped(std::string_view function) const {
  check_.require(!swapped_, "{} was called while the averages are in the module; swap() them back first",
                 function);
}

void Ema::update() {
  check_not_swapped("update()");
  check_.counts_on(kUpdates, average_.integers.at(kUpdates));
  const bool copies = average_.integers.at(kUpdates) == 0 || decay_ == 0;
  const auto share = static_cast<Scalar>(1 - decay_);
  const State now = module_.state();
  const std::vector<std::string> names = one_name_a_tensor(average_);
  average_.integers.at(kUpdates)++;
  for (const std::string& name : names) {
    Tensor& average = average_.tensors.at(name);
    const Tensor& tensor = now.tensors.at(name);
    if (copies) {
      average.copy_from(tensor);
      continue;
    }
    Scalar* to = average.mutable_data();
    const Scalar* from = tensor.data();
    parallel_for(average.numel(), kAveragingGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) to[i] += share * (from[i] - to[i]);
    });
  }
}

void Ema::swap() {
  const bool is_average = average_.integers.at(kUpdates) > 0;
  State now = module_.state();
  const std::vector<std::string> names =
      is_average ? one_name_a_tensor(average_) : std::vector<std::string>();
  const auto version = [&now](const std::string& name) { return now.tensors.at(name).version(); };
  check_.require(
      !swapped_ || std::ranges::equal(names, swapped_in_, {}, version),
      "the module's tensors were changed while the averages were in it, and swap() would lose that; "
      "swap() them back before training goes on");
  swapped_in_.resize(names.size());  // the last that can fail
  swapped_ = !swapped_;
  for (const std::string& name : names) {
    std::ranges::swap_ranges(average_.tensors.at(name).mutable_values(),
                             now.tensors.at(name).mutable_values());
  }
  std::ranges::transform(names, swapped_in_.begin(), version);
}

State Ema::state() const {
  check_not_swapped("state()");
  return average_;
}

std::function<void()> Ema::prepare_load(const State& state) {
  check_not_swapped("load_state()");
  check_state(average_, state, "the averages' state");
  check_read_count("the averages' state", kUpdates, state.integers.at(kUpdates));
  return [this, loaded = state]() mutable {
    for (auto& [name, average] : average_.tensors) average.copy_from(loaded.tensors.at(name));
    average_.integers.swap(loaded.integers);
  };
}

}  // namespace reel::inline REEL_PRECISION
