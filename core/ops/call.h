// How an op's function checks its arguments and gets onto the tape. Internal to the .cpp files of ops and
// layers.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

/// One call of an op: its name and the user's line, which stand at the head of every message:
///   conv2d "conv2" (train.cpp:31): ...
class Call {
 public:
  Call(std::string_view op, Location where) : op_(op), where_(where) {}

  /// Throws `E` (a ShapeError unless named) with the formatted message unless `condition` holds.
  template <class E = ShapeError, class... Args>
  void check(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) [[unlikely]]
      throw E(label() + fmt::vformat(format, fmt::make_format_args(args...)));
  }

  /// The value and the shape of an input; an Error where its tape is gone.
  const Tensor& value(Var x) const { return x.tape(op_, where_).value_of(x); }
  const Shape& shape(Var x) const { return x.tape(op_, where_).shape_of(x); }
  /// Dimension `d` of an input counted from the front; a ShapeError of the call where there is none.
  Index dim(const Shape& shape, Index d) const;

  /// The shape of these sizes; a ShapeError of the call where there is none, as for too many elements.
  Shape make_shape(std::span<const Index> sizes) const;

  /// Records the op on the tape of the first input. Empty Vars at the end (an absent bias) are left out.
  Var record(std::unique_ptr<Op> op, std::initializer_list<Var> inputs) const;
  Var record(std::unique_ptr<Op> op, std::span<const Var> inputs) const;

  Location where() const { return where_; }

 private:
  std::string label() const;  // "conv2d "conv2" (train.cpp:31): "

  std::string_view op_;
  Location where_;
};

}  // namespace reel::inline REEL_PRECISION
