// What the tape keeps of a node, and how its errors name it. Internal to the tape and to the recording
// that inspection runs again.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <fmt/format.h>

#include <reel/core/detail/tape_gradient.h>
#include <reel/core/error.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

// Another node's value, and through what it is read: numbers of its own, for parameters change.
struct Tape::Mapped {
  std::size_t source;
  Prologue prologue;
};

// What a counter of a Var reads and changes stands first, together.
struct Tape::Node {
  std::unique_ptr<Op> op;  // none for a leaf; once computed or let go, on a tape that does not record
  int users = 0;           // on a tape that does not record: its Vars, and the nodes that wait for it
  bool shown = false;      // value() gave out a reference to the value
  bool wants_grad = false;
  bool of_a_stranger = false;  // a parameter's leaf: see Scope::is_stranger()
  bool fused_relu = false;     // a relu that ran together with the op before it
  std::uint32_t first_edge = 0, edge_count = 0;
  Tensor value;                          // undefined while it waits, and where a chain passed it over
  std::unique_ptr<const Mapped> mapped;  // of a value that was not stored, for it is read through a map
  std::uint64_t version = 0;             // of the value when it was computed
  Leaf leaf = Leaf::kNone;
  Parameter* parameter = nullptr;  // of a parameter's leaf
  Shape shape;
  Gradient grad;
  Location where;
  std::string scope, given_name, op_name;  // op_name on a tape that does not record: the op goes

  bool is_leaf() const { return leaf != Leaf::kNone; }
  bool is_mapped() const { return mapped && !value.defined(); }
  bool changed() const { return value.defined() && value.version() != version; }
};

namespace detail {

/// compute(), a forward on `inputs`: an Error where it gives nothing, another shape than was promised
/// (nullptr for none), or writes to what it was given.
template <class F>
Tensor checked_forward(std::span<const Tensor> inputs, const Shape* promised, F&& compute) {
  const auto versions = [&] {
    std::uint64_t sum = 0;
    for (const Tensor& input : inputs) sum += input.version();
    return sum;
  };
  const std::uint64_t before = versions();
  Tensor y = compute();
  if (!y.defined()) throw Error("its forward returned an empty tensor");
  if (promised && y.shape() != *promised) {
    throw ShapeError(fmt::format("its forward returned {}, it promised {}", y.shape(), *promised));
  }
  if (versions() != before) {
    throw Error("its forward changed an input in place; write to a tensor of its own, such as clone() makes");
  }
  return y;
}

/// Of the next tape in a slot: none that a Var has, in 2^63 tapes, nor 0, an empty Var's; odd for a tape that
/// counts its Vars.
inline std::uint64_t next_generation(std::uint64_t previous, bool counts) {
  return (previous / 2 + 1) * 2 + (counts ? 1 : 0);
}

}  // namespace detail

}  // namespace reel::inline REEL_PRECISION
