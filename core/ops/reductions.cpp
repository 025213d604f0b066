// sum, mean and max over all elements or over some dimensions.
#include <reel/core/kernels/reductions.h>
#include <reel/core/ops/broadcast.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

// Which dimensions of an input are reduced, and the shapes that result.
struct Reduced {
  Shape input;
  DimMask mask{};
  Shape kept;       // the reduced dimensions with size 1
  Shape output;     // kept, or without them
  Index count = 1;  // elements that become one

  Reduced(const Shape& shape, const DimMask& reduced, bool keepdim)
      : input(shape), mask(reduced), kept(shape) {
    std::vector<Index> remaining;
    for (Index d = 0; d < shape.dim(); d++) {
      if (mask[static_cast<std::size_t>(d)]) {
        kept = kept.with(d, 1);
        count *= shape[d];
      } else {
        remaining.push_back(shape[d]);
      }
    }
    output = keepdim ? kept : Shape(remaining);
  }
};

Reduced reduced_over(const Call& call, Var x, const Dims& dims, ReduceOptions options) {
  const Shape& shape = call.shape(x);
  call.check(!dims.values.empty(), "no dimension is given; leave the argument out to reduce over all");
  DimMask mask{};
  for (const Index d : dims.values) {
    bool& marked = mask[static_cast<std::size_t>(call.dim(shape, d))];
    call.check(!marked, "dimension {} of input {} is given twice", d, shape);
    marked = true;
  }
  return {shape, mask, options.keepdim};
}

Reduced reduced_wholly(const Call& call, Var x) {
  DimMask mask;
  mask.fill(true);
  return {call.shape(x), mask, false};
}

// Sum, or the mean where `divisor` is the number of elements.
class SumOp : public Op {
 public:
  SumOp(std::string_view name, const Reduced& shapes, Scalar divisor)
      : name_(name), shapes_(shapes), divisor_(divisor) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return divided(reduce(kernels::sum, inputs[0], shapes_.mask)).reshape(shapes_.output);
  }

  void backward(BackwardPass& pass) override {
    pass.add(0, expand(divided(pass.dy()).reshape(shapes_.kept), shapes_.input));
  }

 private:
  Tensor divided(const Tensor& t) const { return divisor_ == 1 ? t : elementwise(Binary::kDiv, t, divisor_); }

  std::string_view name_;
  Reduced shapes_;
  Scalar divisor_;
};

class MaxOp : public Op {
 public:
  explicit MaxOp(const Reduced& shapes) : shapes_(shapes) {}

  std::string_view name() const override { return "max"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return reduce(kernels::max, inputs[0], shapes_.mask).reshape(shapes_.output);
  }

  void backward(BackwardPass& pass) override {
    const Tensor dy = pass.dy().reshape(shapes_.kept);
    const Tensor largest = is_largest(pass.input(0), pass.output());
    const Tensor share = elementwise(Binary::kDiv, dy, reduce(kernels::sum, largest, shapes_.mask));
    pass.add(0, elementwise(Binary::kMul, largest, share));
  }

  // Which elements are the largest.
  std::vector<Index> choices(std::span<const Tensor> inputs) const override {
    const Tensor largest = is_largest(inputs[0], reduce(kernels::max, inputs[0], shapes_.mask));
    std::vector<Index> choices;
    for (const Scalar x : largest.values()) choices.push_back(x != 0);
    return choices;
  }

 private:
  // 1 where x is y, its maximum, else 0.
  Tensor is_largest(const Tensor& x, const Tensor& y) const {
    return elementwise(Binary::kEqual, x, y.reshape(shapes_.kept));
  }

  Reduced shapes_;
};

Var record_sum(const Call& call, Var x, const Reduced& shapes) {
  return call.record(std::make_unique<SumOp>("sum", shapes, Scalar(1)), {x});
}

Var record_mean(const Call& call, Var x, const Reduced& shapes) {
  call.check(shapes.count > 0, "input is {}; the mean of no elements is undefined", shapes.input);
  return call.record(std::make_unique<SumOp>("mean", shapes, static_cast<Scalar>(shapes.count)), {x});
}

Var record_max(const Call& call, Var x, const Reduced& shapes) {
  call.check(shapes.count > 0, "input is {}; no elements have no maximum", shapes.input);
  return call.record(std::make_unique<MaxOp>(shapes), {x});
}

}  // namespace

Var sum(Var x, Location where) {
  const Call call("sum", where);
  return record_sum(call, x, reduced_wholly(call, x));
}

Var sum(Var x, Dims dims, ReduceOptions options, Location where) {
  const Call call("sum", where);
  return record_sum(call, x, reduced_over(call, x, dims, options));
}

Var mean(Var x, Location where) {
  const Call call("mean", where);
  return record_mean(call, x, reduced_wholly(call, x));
}

Var mean(Var x, Dims dims, ReduceOptions options, Location where) {
  const Call call("mean", where);
  return record_mean(call, x, reduced_over(call, x, dims, options));
}

Var max(Var x, Location where) {
  const Call call("max", where);
  return record_max(call, x, reduced_wholly(call, x));
}

Var max(Var x, Dims dims, ReduceOptions options, Location where) {
  const Call call("max", where);
  return record_max(call, x, reduced_over(call, x, dims, options));
}

}  // namespace reel::inline REEL_PRECISION
