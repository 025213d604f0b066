#include "graph_builder.h"

#include <algorithm>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>

using namespace reel;

namespace reel_fuzz::REEL_PRECISION {
namespace {

constexpr Index kLargestValue = 2000;  // elements; what is larger is not used again
constexpr int kMostOps = 10;

// Its elements, were no dimension empty: the product of two empty matrices can be as large.
Index largest_of(const Shape& shape) {
  Index numel = 1;
  for (const Index size : shape) numel *= std::max<Index>(size, 1);
  return numel;
}

}  // namespace

Value GraphBuilder::of_shape(const Shape& shape) {
  const Value value = pick();
  return value.var.shape() == shape ? value : leaf(shape);
}

Value GraphBuilder::image() {
  const Value value = pick();
  return value.var.dim() == 4 ? value : leaf(in.shape(4));
}

Value GraphBuilder::leaf(const Shape& shape) {
  Tensor tensor = Tensor::uninitialized(shape);
  const RandomStream stream(1, 0);
  for (Scalar& x : tensor.mutable_values()) x = static_cast<Scalar>(stream.below(drawn_++, 33)) / 4 - 4;
  leaves_.push_back(tape_.variable(tensor));
  return values_.emplace_back(Value{leaves_.back()});
}

Value GraphBuilder::kinked(Value x, Var y) {
  result_.gradients_comparable = result_.gradients_comparable && x.exact;
  return {y, x.exact};
}

Value GraphBuilder::rough(Var y) {
  result_.comparable = false;
  return {y, false};
}

void GraphBuilder::attempt(const std::function<void()>& f) {
  try {
    f();
    result_.outcomes += '.';
  } catch (const ShapeError&) {
    result_.outcomes += 'S';
  } catch (const Error&) {
    result_.outcomes += 'E';
  }
}

void GraphBuilder::backward() {
  Var loss = tape_.input(Tensor::full({}, 0));
  for (const Var& y : made_) loss = loss + sum(y) * Scalar(0.5);
  tape_.backward(loss);
}

void GraphBuilder::take_down() {
  for (const Value& value : values_) {
    const Tensor& tensor = value.var.value();
    result_.values.emplace_back(tensor.values().begin(), tensor.values().end());
  }
  for (const Var& x : leaves_) {
    result_.gradients.emplace_back();
    attempt([&] {
      const Tensor gradient = x.grad();
      result_.gradients.back().assign(gradient.values().begin(), gradient.values().end());
    });
  }
}

GraphResult GraphBuilder::run() {
  for (unsigned left = 1 + in.byte() % 3; left > 0; left--) leaf(in.shape(in.flip() ? 4 : in.byte() % 6));
  for (int left = kMostOps; left > 0 && in.left(); left--) {
    attempt([&] {
      const Value made = draw_op(*this);
      if (largest_of(made.var.shape()) > kLargestValue) return;
      values_.push_back(made);
      made_.push_back(made.var);
    });
  }
  attempt([&] { backward(); });
  take_down();
  return std::move(result_);
}

GraphResult run_graph(std::span<const std::uint8_t> bytes, Way way) {
  seed(7);
  const int before = num_threads();
  set_num_threads(way == Way::kThreeThreads ? 3 : 1);
  GraphResult result = GraphBuilder(bytes, way).run();
  set_num_threads(before);
  return result;
}

}  // namespace reel_fuzz::REEL_PRECISION
