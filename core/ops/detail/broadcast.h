// Arithmetic on tensors of different shapes, which several ops are made of. Internal to core/ops.
#pragma once

#include <array>

#include <reel/core/kernels/detail/broadcast.h>
#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION {

/// The shape to which both are broadcast; a ShapeError of the call where they do not fit.
Shape broadcast_shape(const Call& call, const Shape& a, const Shape& b);

/// Size of dimension d of `shape` when aligned at the last dimension of a shape with `dim` of them.
Index aligned_size(const Shape& shape, Index dim, Index d);

/// f(a, b) over the broadcast shape; the shapes are known to fit.
Tensor elementwise(kernels::Binary f, const Tensor& a, const Tensor& b);
Tensor elementwise(kernels::Binary f, const Tensor& a, Scalar b);
Tensor elementwise(kernels::Binary f, Scalar a, const Tensor& b);

/// a where the condition is not 0, else b, in `shape`, to which all three broadcast.
Tensor chosen(const Tensor& condition, const Tensor& a, const Tensor& b, const Shape& shape);

/// A number as another operand of the op.
Var constant(std::string_view op, const Operand& beside, Scalar number);

/// x repeated to `shape`, to which it broadcasts.
Tensor expand(const Tensor& x, const Shape& shape);
/// The gradient of expand: the sum over what was repeated. x itself where the shapes are equal.
Tensor sum_to(const Tensor& x, const Shape& shape);

using DimMask = std::array<bool, Shape::kMaxDim>;  // true: reduced
using ReduceKernel = void(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);

/// x reduced over the masked dimensions, which stay with size 1.
Tensor reduce(ReduceKernel* kernel, const Tensor& x, const DimMask& mask);

}  // namespace reel::inline REEL_PRECISION
