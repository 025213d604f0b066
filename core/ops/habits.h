// What people write who come from PyTorch, and the sentence that the compiler then says: nothing here can be called.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>

#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {

template <class Never = void>
void cat(std::initializer_list<Var>, Dim = 0) {
  static_assert(detail::kNever<Never>, "cat({a, b}, dim) is concat({a, b}, dim)");
}
template <class Never = void>
void cat(std::span<const Var>, Dim = 0) {
  static_assert(detail::kNever<Never>, "cat(parts, dim) is concat(parts, dim)");
}
template <class Never = void>
void manual_seed(std::uint64_t) {
  static_assert(detail::kNever<Never>, "manual_seed(n) is seed(n)");
}
template <std::integral Stride, class... Rest>
void conv2d(Operand, Var, Var, Stride, Rest...) {
  static_assert(detail::kNever<Stride>,
                "options have names: conv2d(x, weight, bias, {.stride = 2, .padding = 1})");
}

}  // namespace reel::inline REEL_PRECISION
