// Ops that rename or reorder dimensions: reshape, flatten, squeeze, unsqueeze, transpose, permute.
#include <array>
#include <functional>
#include <numeric>

#include <reel/core/ops/detail/copy_op.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// reshape, flatten, squeeze and unsqueeze: the same elements, which are not copied.
class ReshapeOp : public Op {
 public:
  ReshapeOp(std::string_view name, const Shape& from, const Shape& to) : name_(name), from_(from), to_(to) {}
  std::string_view name() const override { return name_; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].reshape(to_.sizes()); }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy().reshape(from_.sizes())); }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.formula = formula(output), .in_onnx = [output] { return in_onnx(output); }};
  }

 private:
  static onnx::Operator in_onnx(const Shape& output) {
    onnx::Operator result{"Reshape", {onnx::Input{0}, std::vector(output.begin(), output.end())}};
    if (output.numel() == 0)
      result.attributes = {{"allowzero", Index{1}}};  // else 0 stands for the input's size
    return result;
  }

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

Var record_permute(const Call& call, Var x, std::span<const Index> order) {
  const Shape& shape = call.shape(x);
  detail::CopiedDims dims;
  std::vector<Index> sizes;
  for (const Index d : order) {
    dims[sizes.size()] = {.from = d, .count = shape[d]};
    sizes.push_back(shape[d]);
  }
  return detail::record_copy(call, std::array<Var, 1>{x}, Shape(sizes), {dims},
                             [order = std::vector(order.begin(), order.end())] {
                               return std::vector{detail::shown("order", std::span<const Index>(order))};
                             });
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
  return record_permute(call, x, order);
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
  return record_permute(call, x, order);
}

}  // namespace reel::inline REEL_PRECISION
