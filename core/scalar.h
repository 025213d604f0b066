// The number type of the library. Reel is compiled twice: in float to use (`reel`) and in double to check
// gradients (`reel_f64`). Every name lives in an inline namespace that says which, so the two cannot be
// mixed.
#pragma once

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "Reel needs C++20: compile with -std=c++20 or later"
#include <c++20>  // there is none: this alone ends the compilation, before hundreds of errors that follow
#endif

#include <concepts>
#include <cstdint>

#ifdef REEL_F64
#define REEL_PRECISION f64
#else
#define REEL_PRECISION f32
#endif

namespace reel::inline REEL_PRECISION {

#ifdef REEL_F64
using Scalar = double;
#else
using Scalar = float;
#endif

/// Counts and positions: elements, dimensions, samples.
using Index = std::int64_t;

/// a / b rounded down, b > 0.
constexpr Index floor_div(Index a, Index b) { return a / b - (a % b < 0 ? 1 : 0); }

/// What must not become an Index by itself: max(x, 0.5) is no maximum over a dimension, sum(x, true) no
/// keepdim.
template <class Number>
concept NotAnIndex = std::floating_point<Number> || std::same_as<Number, bool>;

namespace detail {
// In the static_assert of a function that is there for its sentence alone: what people write who come from PyTorch, and
// what to write instead.
template <class>
constexpr bool kNever = false;
}  // namespace detail

}  // namespace reel::inline REEL_PRECISION
