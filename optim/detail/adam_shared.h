// What every optimiser that takes Adam's steps shares; Options are AdamOptions or AdamWOptions.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/kernels/detail/optimizer.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION::detail {

/// `prefix` stands before the names of the options in messages: "", or "adamw." of options within options.
template <class Options>
void check_adam(const OptionCheck& check, std::string_view prefix, const Options& options) {
  const auto name = [=](std::string_view option) { return fmt::format("{}{}", prefix, option); };
  check.non_negative(name("lr"), options.lr);
  check.below(name("beta1"), options.beta1, 0, 1);
  check.below(name("beta2"), options.beta2, 0, 1);
  check.non_negative(name("eps"), options.eps);
  check.non_negative(name("weight_decay"), options.weight_decay);
}

/// The t-th step, t = 1, 2, ...; `decoupled` where the weight decay is apart from the gradient.
template <class Options>
kernels::AdamUpdate adam_step(const Options& options, bool decoupled, std::int64_t t) {
  const auto power = static_cast<double>(t);
  return {.step_size = options.lr / (1 - std::pow(options.beta1, power)),
          .second_scale = 1 / std::sqrt(1 - std::pow(options.beta2, power)),
          .beta1 = options.beta1,
          .beta2 = options.beta2,
          .eps = options.eps,
          .weight_decay = decoupled ? 0 : options.weight_decay,
          .shrink = decoupled ? 1 - options.lr * options.weight_decay : 1};
}

}  // namespace reel::inline REEL_PRECISION::detail
