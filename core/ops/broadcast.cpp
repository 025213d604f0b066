// Strides of repeated dimensions, and the kernels that run over them.
#include <reel/core/ops/detail/broadcast.h>

#include <algorithm>

#include <reel/core/kernels/detail/copy.h>
#include <reel/core/kernels/detail/reductions.h>

namespace reel::inline REEL_PRECISION {
namespace {

// The strides of contiguous elements of `shape` repeated to `target`.
std::array<Index, Shape::kMaxDim> broadcast_strides(const Shape& shape, const Shape& target) {
  std::array<Index, Shape::kMaxDim> strides{};
  Index stride = 1;
  for (Index d = target.dim(); d-- > 0;) {
    const Index n = aligned_size(shape, target.dim(), d);
    strides[static_cast<std::size_t>(d)] = n == 1 ? 0 : stride;
    stride *= n;
  }
  return strides;
}

template <class... Shapes>
kernels::StridedLoop<sizeof...(Shapes)> broadcast_loop(const Shape& target, const Shapes&... operands) {
  const std::array strides{broadcast_strides(operands, target)...};
  kernels::StridedLoop<sizeof...(Shapes)> loop;
  for (std::size_t d = 0; const Index n : target) {
    std::array<Index, sizeof...(Shapes)> step;
    for (std::size_t k = 0; k < step.size(); k++) step[k] = strides[k][d];
    loop.add(n, step);
    d++;
  }
  return loop;
}

// The sizes to which both are broadcast.
std::vector<Index> joint_sizes(const Shape& a, const Shape& b) {
  const Index dim = std::max(a.dim(), b.dim());
  std::vector<Index> sizes;
  for (Index d = 0; d < dim; d++) {
    const Index m = aligned_size(a, dim, d), n = aligned_size(b, dim, d);
    sizes.push_back(m == 1 ? n : m);
  }
  return sizes;
}

}  // namespace

Index aligned_size(const Shape& shape, Index dim, Index d) {
  const Index own = d - (dim - shape.dim());
  return own < 0 ? 1 : shape[own];
}

Shape broadcast_shape(const Call& call, const Shape& a, const Shape& b) {
  const Index dim = std::max(a.dim(), b.dim());
  for (Index d = 0; d < dim; d++) {
    const Index m = aligned_size(a, dim, d), n = aligned_size(b, dim, d);
    call.check(m == n || m == 1 || n == 1,
               "shapes {} and {} cannot be broadcast: in dimension {} (from the end) they have {} and {}; "
               "sizes must be equal or 1",
               a, b, d - dim, m, n);
  }
  return call.make_shape(joint_sizes(a, b));
}

Tensor elementwise(kernels::Binary f, const Tensor& a, const Tensor& b) {
  Tensor y = Tensor::uninitialized(Shape(joint_sizes(a.shape(), b.shape())));
  kernels::binary(f, y.mutable_data(), a.data(), b.data(), broadcast_loop(y.shape(), a.shape(), b.shape()));
  return y;
}

Tensor elementwise(kernels::Binary f, const Tensor& a, Scalar b) {
  Tensor y = Tensor::uninitialized(a.shape());
  kernels::binary(f, y.mutable_data(), a.data(), &b, broadcast_loop(y.shape(), a.shape(), Shape{}));
  return y;
}

Tensor elementwise(kernels::Binary f, Scalar a, const Tensor& b) {
  Tensor y = Tensor::uninitialized(b.shape());
  kernels::binary(f, y.mutable_data(), &a, b.data(), broadcast_loop(y.shape(), Shape{}, b.shape()));
  return y;
}

Tensor chosen(const Tensor& condition, const Tensor& a, const Tensor& b, const Shape& shape) {
  Tensor y = Tensor::uninitialized(shape);
  kernels::where(y.mutable_data(), condition.data(), a.data(), b.data(),
                 broadcast_loop(shape, condition.shape(), a.shape(), b.shape()));
  return y;
}

Var constant(std::string_view op, const Operand& beside, Scalar number) {
  return beside.tape({op, beside.where}).input({Tensor::full({}, number), beside.where});
}

Tensor expand(const Tensor& x, const Shape& shape) {
  Tensor y = Tensor::uninitialized(shape);
  kernels::copy(y.mutable_data(), x.data(), broadcast_loop(shape, shape, x.shape()));
  return y;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  DimMask mask{};
  for (Index d = 0; d < x.dim(); d++)
    mask[static_cast<std::size_t>(d)] = aligned_size(shape, x.dim(), d) != x.size(d);
  return reduce(kernels::sum, x, mask).reshape(shape.sizes());
}

// One run of neighbouring masked dimensions after another, the innermost first: it leaves the least.
Tensor reduce(ReduceKernel* kernel, const Tensor& x, const DimMask& mask) {
  Tensor y = x;
  for (Index end = x.dim(); end > 0; end--) {
    if (!mask[static_cast<std::size_t>(end - 1)]) continue;
    Index outer = 1, n = 1, inner = 1, begin = end;
    while (begin > 0 && mask[static_cast<std::size_t>(begin - 1)]) n *= y.size(--begin);
    for (Index d = 0; d < begin; d++) outer *= y.size(d);
    for (Index d = end; d < y.dim(); d++) inner *= y.size(d);
    Shape shape = y.shape();
    for (Index d = begin; d < end; d++) shape = shape.with(d, 1);
    Tensor reduced = Tensor::uninitialized(shape);
    kernel(reduced.mutable_data(), y.data(), outer, n, inner);
    y = std::move(reduced);
    end = begin + 1;
  }
  return y;
}

}  // namespace reel::inline REEL_PRECISION
