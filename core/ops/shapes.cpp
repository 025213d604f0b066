// Ops that rename or reorder dimensions: reshape, flatten, squeeze, unsqueeze, transpose, permute.
#include <algorithm>
#include <numeric>

#include <reel/core/kernels/detail/copy.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// reshape, flatten, squeeze and unsqueeze: the same elements, which are not copied.
class ReshapeOp : public Op {
 public:
  ReshapeOp(std::string_view name, const Shape& from, const Shape& to) : name_(name), from_(from), to_(to) {}
  std::string_view name() const override { return name_; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].reshape(to_); }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy().reshape(from_)); }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.formula = formula(output)};
  }

 private:
  Formula formula(const Shape& output) const {
    Formula f;
    const formula::Access whole{f.loop("i", output.numel())};  // row-major
    f.add(whole, {{0, whole}});
    return f;
  }

  std::string_view name_;
  Shape from_, to_;
};

Var record_reshape(const Call& call, Var x, std::span<const Index> sizes) {
  const Shape to = call.make_shape(sizes);
  return call.record(std::make_unique<ReshapeOp>(call.name(), call.shape(x), to), to, {x});
}

// Dimension i of the result is dimension order[i] of x.
Tensor permuted(const Tensor& x, std::span<const Index> order) {
  std::vector<Index> strides(order.size()), sizes(order.size());
  Index stride = 1;
  for (std::size_t d = order.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= x.size(static_cast<Index>(d));
  }
  for (std::size_t i = 0; i < order.size(); i++) sizes[i] = x.size(order[i]);
  Tensor y = Tensor::uninitialized(Shape(sizes));
  kernels::StridedLoop<2> loop;
  stride = y.numel();
  for (std::size_t i = 0; i < order.size(); i++) {
    stride /= std::max<Index>(1, sizes[i]);
    loop.add(sizes[i], {stride, strides[static_cast<std::size_t>(order[i])]});
  }
  kernels::copy(y.mutable_data(), x.data(), loop);
  return y;
}

class PermuteOp : public Op {
 public:
  PermuteOp(std::string_view name, std::vector<Index> order) : name_(name), order_(std::move(order)) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override { return permuted(inputs[0], order_); }

  void backward(BackwardPass& pass) override {
    std::vector<Index> inverse(order_.size());
    for (std::size_t i = 0; i < order_.size(); i++)
      inverse[static_cast<std::size_t>(order_[i])] = static_cast<Index>(i);
    pass.add(0, permuted(pass.dy(), inverse));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.options = {detail::shown("order", std::span<const Index>(order_))}, .formula = formula(inputs)};
  }

 private:
  Formula formula(std::span<const Shape> inputs) const {
    Formula f;
    const formula::Access x = detail::loops_over(f, inputs[0]);
    formula::Access y;
    for (const Index d : order_) y.push_back(x[static_cast<std::size_t>(d)]);
    f.add(y, {{0, x}});
    return f;
  }

  std::string_view name_;
  std::vector<Index> order_;
};

Var record_permute(const Call& call, std::string_view name, Var x, std::vector<Index> order) {
  std::vector<Index> sizes;
  for (const Index d : order) sizes.push_back(call.shape(x)[d]);
  return call.record(std::make_unique<PermuteOp>(name, std::move(order)), Shape(sizes), {x});
}

}  // namespace

Var reshape(Operand x, std::vector<Index> sizes) {
  const Call call("reshape", x.where);
  const Tensor& value = call.value(x);
  const Shape to = value.reshape({sizes, x.where}).shape();
  return call.record(std::make_unique<ReshapeOp>("reshape", value.shape(), to), to, {x});
}

Var flatten(Operand x, Dim start_dim) {
  const Call call("flatten", x.where);
  const Shape& shape = call.shape(x);
  const Index start = call.dim(shape, start_dim);
  std::vector<Index> sizes(shape.begin(), shape.begin() + start);
  sizes.push_back(std::accumulate(shape.begin() + start, shape.end(), Index{1}, std::multiplies<>()));
  return record_reshape(call, x, sizes);
}

Var squeeze(Operand x) {
  const Call call("squeeze", x.where);
  const Shape& shape = call.shape(x);
  std::vector<Index> sizes(shape.begin(), shape.end());
  std::erase(sizes, 1);
  return record_reshape(call, x, sizes);
}

Var squeeze(Operand x, Dim dim) {
  const Call call("squeeze", x.where);
  const Shape& shape = call.shape(x);
  const Index d = call.dim(shape, dim);
  std::vector<Index> sizes(shape.begin(), shape.end());
  if (shape[d] == 1) sizes.erase(sizes.begin() + d);
  return record_reshape(call, x, sizes);
}

Var unsqueeze(Operand x, Dim dim) {
  const Call call("unsqueeze", x.where);
  const Shape& shape = call.shape(x);
  std::vector<Index> sizes(shape.begin(), shape.end());
  sizes.insert(sizes.begin() + call.new_dim(shape, dim), 1);
  return record_reshape(call, x, sizes);
}

Var transpose(Operand x, Dim dim0, Dim dim1) {
  const Call call("transpose", x.where);
  const Shape& shape = call.shape(x);
  std::vector<Index> order(static_cast<std::size_t>(shape.dim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(call.dim(shape, dim0))],
            order[static_cast<std::size_t>(call.dim(shape, dim1))]);
  return record_permute(call, "transpose", x, std::move(order));
}

Var permute(Operand x, std::vector<Index> order) {
  const Call call("permute", x.where);
  const Shape& shape = call.shape(x);
  call.check(std::ssize(order) == shape.dim(), "order has {} dimensions, input {} has {}", order.size(),
             shape, shape.dim());
  std::vector<bool> used(order.size());
  for (Index& d : order) {
    d = call.dim(shape, d);
    call.check(!used[static_cast<std::size_t>(d)], "order names dimension {} of input {} twice", d, shape);
    used[static_cast<std::size_t>(d)] = true;
  }
  return record_permute(call, "permute", x, std::move(order));
}

}  // namespace reel::inline REEL_PRECISION
