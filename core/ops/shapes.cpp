// Ops that rename or reorder dimensions: reshape, flatten, transpose, permute.
#include <algorithm>
#include <numeric>

#include <reel/core/kernels/copy.h>
#include <reel/core/ops/broadcast_explain.h>
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>
#include <reel/core/ops/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

// reshape and flatten: the same elements, which are not copied.
class ReshapeOp : public Op {
 public:
  ReshapeOp(std::string_view name, const Shape& from, const Shape& to) : name_(name), from_(from), to_(to) {}
  std::string_view name() const override { return name_; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].reshape(to_); }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy().reshape(from_)); }
  Reads reads(std::size_t, std::span<const Shape>, const Shape&) const override {
    const bool images = is_image(from_) && is_image(to_) && from_[2] == to_[2] && from_[3] == to_[3];
    return {images ? Reads::Kind::kPixels : Reads::Kind::kRearranged};
  }
  bool explain(Explain& e) const override {
    const Index i = e.element();
    if (e.of_output()) {
      detail::explain_copy(e, e.x(0, i), e.x_name(0) + index_text(from_, i));
    } else {
      detail::explain_copy(e, e.dy(i), e.dy_name() + index_text(to_, i));
    }
    return true;
  }

 private:
  std::string_view name_;
  Shape from_, to_;
};

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

  Reads reads(std::size_t, std::span<const Shape>, const Shape&) const override {
    const auto ends_in = [&](Index a, Index b) {
      return order_.size() == 4 && order_[2] == a && order_[3] == b;
    };
    if (ends_in(2, 3)) return {Reads::Kind::kPixels};
    return {ends_in(3, 2) ? Reads::Kind::kSwapped : Reads::Kind::kRearranged};
  }

  std::vector<OpOption> options() const override {
    return {detail::shown("order", std::span<const Index>(order_))};
  }

  bool explain(Explain& e) const override {
    const bool of_output = e.of_output();
    const Shape& other = of_output ? e.input(0).shape() : e.dy().shape();
    std::vector<Index> place(order_.size());
    for (std::size_t i = 0; i < order_.size(); i++) {
      const auto from = static_cast<std::size_t>(order_[i]);
      place[of_output ? from : i] = e.at(of_output ? static_cast<Index>(i) : order_[i]);
    }
    Index element = 0;
    for (std::size_t d = 0; d < place.size(); d++)
      element = element * other[static_cast<Index>(d)] + place[d];
    detail::explain_copy(e, of_output ? e.x(0, element) : e.dy(element),
                         (of_output ? e.x_name(0) : e.dy_name()) + index_text(other, element));
    return true;
  }

 private:
  std::string_view name_;
  std::vector<Index> order_;
};

}  // namespace

Var reshape(Var x, std::vector<Index> sizes, Location where) {
  const Call call("reshape", where);
  const Tensor& value = call.value(x);
  const Shape to = value.reshape(sizes, where).shape();
  return call.record(std::make_unique<ReshapeOp>("reshape", value.shape(), to), {x});
}

Var flatten(Var x, Dim start_dim, Location where) {
  const Call call("flatten", where);
  const Shape& shape = call.shape(x);
  const Index start = call.dim(shape, start_dim);
  std::vector<Index> sizes(shape.begin(), shape.begin() + start);
  sizes.push_back(std::accumulate(shape.begin() + start, shape.end(), Index{1}, std::multiplies<>()));
  return call.record(std::make_unique<ReshapeOp>("flatten", shape, Shape(sizes)), {x});
}

Var transpose(Var x, Dim dim0, Dim dim1, Location where) {
  const Call call("transpose", where);
  const Shape& shape = call.shape(x);
  std::vector<Index> order(static_cast<std::size_t>(shape.dim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(call.dim(shape, dim0))],
            order[static_cast<std::size_t>(call.dim(shape, dim1))]);
  return call.record(std::make_unique<PermuteOp>("transpose", std::move(order)), {x});
}

Var permute(Var x, std::vector<Index> order, Location where) {
  const Call call("permute", where);
  const Shape& shape = call.shape(x);
  call.check(std::ssize(order) == shape.dim(), "order has {} dimensions, input {} has {}", order.size(),
             shape, shape.dim());
  std::vector<bool> used(order.size());
  for (Index& d : order) {
    d = call.dim(shape, d);
    call.check(!used[static_cast<std::size_t>(d)], "order names dimension {} of input {} twice", d, shape);
    used[static_cast<std::size_t>(d)] = true;
  }
  return call.record(std::make_unique<PermuteOp>("permute", std::move(order)), {x});
}

}  // namespace reel::inline REEL_PRECISION
