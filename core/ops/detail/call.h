// How an op's function checks its arguments and gets onto the tape. Internal to the .cpp files of ops and
// layers.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

/// One call of an op: its name and the user's line, which stand at the head of every message:
///   conv2d "conv2" (train.cpp:31): ...
class Call : public OptionCheck {
 public:
  using OptionCheck::OptionCheck;

  /// Throws `E` (a ShapeError unless named) with the formatted message unless `condition` holds.
  template <class E = ShapeError, class... Args>
  void check(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    require<E>(condition, format, std::forward<Args>(args)...);
  }

  /// The value and the shape of an input; an Error where its tape is gone. value() computes what waits.
  const Tensor& value(const Var& x) const { return x.tape(caller()).value_of(x, caller()); }
  const Shape& shape(const Var& x) const { return x.tape(caller()).shape_of(x); }
  /// Dimension `d` of an input counted from the front; a ShapeError of the call where there is none.
  Index dim(const Shape& shape, Index d) const;
  /// The same of a dimension that the result has more than the input.
  Index new_dim(const Shape& shape, Index d) const;

  /// The shape of these sizes, of what the call makes; a ShapeError of the call where there is none, as for
  /// too many elements.
  Shape make_shape(std::span<const Index> sizes, std::string_view of_what = "its result") const;

  /// Records the op, whose value has the shape `result`, on the tape of the first input. Empty Vars at the
  /// end (an absent bias) are left out.
  Var record(std::unique_ptr<Op> op, const Shape& result, std::initializer_list<Var> inputs) const;
  Var record(std::unique_ptr<Op> op, const Shape& result, std::span<const Var> inputs) const;

 private:
  Located<std::string_view> caller() const { return {name(), where()}; }
};

}  // namespace reel::inline REEL_PRECISION
