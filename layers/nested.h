// Parts in braces that are all of the class around them: Sequential{Sequential{a}, Sequential{b}}.
#pragma once

#include <concepts>
#include <utility>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::detail {

/// For such braces g++ chooses a constructor from std::initializer_list<Nested<M>> before M's move
/// constructor, to which M{M{..}} would be one object: a single part may be meant to nest or to move. (Clang
/// makes one object of them before it looks at any constructor.)
template <class M>
struct Nested {
  template <std::same_as<M> Same>
  Nested(Same&& part) : module(std::move(part)) {}

  mutable M module;  // to be moved: the elements of an initializer_list are const
};

}  // namespace reel::inline REEL_PRECISION::detail
