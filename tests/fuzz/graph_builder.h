// A graph of ops that grows by what the bytes of an input say.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <reel/core/ops/ops.h>

#include "graph.h"
#include "graph_bytes.h"

namespace reel_fuzz::REEL_PRECISION {

/// Exact: multiples of a power of two with few digits, the same in both precisions.
struct Value {
  reel::Var var;
  bool exact = true;
};

class GraphBuilder {
 public:
  GraphBuilder(std::span<const std::uint8_t> bytes, Way way)
      : in(bytes), tape_({.keep_grads = way == Way::kUnfused}) {}

  /// Draws leaves and ops, runs backward, and takes down what came of it.
  GraphResult run();

  // For draw_op(): what an op may use, and what it makes of them.
  GraphBytes in;
  Value pick() { return in.of(values_); }
  /// One of that shape, or a new leaf.
  Value of_shape(const reel::Shape& shape);
  /// One with four dimensions, or a new leaf.
  Value image();
  /// A new one, of quarters from -4 to 4, with many ties and zeros.
  Value leaf(const reel::Shape& shape);
  reel::Var bias(reel::Index channels) { return in.flip() ? leaf({channels}).var : reel::Var(); }
  /// A function of x with a kink: rounding may decide on which side of it a number lies.
  Value kinked(Value x, reel::Var y);
  /// What amplifies rounding, so that the two precisions may differ.
  Value rough(reel::Var y);

 private:
  void attempt(const std::function<void()>& f);
  void backward();
  void take_down();

  reel::Tape tape_;
  GraphResult result_;
  std::vector<Value> values_;  // to pick from
  std::vector<reel::Var> leaves_, made_;
  std::uint64_t drawn_ = 0;
};

/// An op with drawn options, of drawn values and new leaves. Options and shapes that it refuses are an Error.
Value draw_op(GraphBuilder& graph);

}  // namespace reel_fuzz::REEL_PRECISION
