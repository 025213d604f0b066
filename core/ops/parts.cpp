// Ops that put tensors together or take parts of them: concat, stack, slice, select, chunk, pad2d.
#include <algorithm>
#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/copy_op.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// concat and stack: along dimension `d` of the result one part behind the other; a part that lacks the dimension has
// one position there.
Var join(const Call& call, std::span<const Var> parts, const Shape& output, Index d) {
  std::vector<detail::CopiedDims> copies;
  Index before = 0;
  for (const Var& part : parts) {
    const Shape& shape = call.shape(part);
    detail::CopiedDims dims = detail::copied_whole(shape);
    detail::CopiedDim* dim = &dims[static_cast<std::size_t>(d)];
    if (shape.dim() < output.dim()) {
      std::move_backward(dim, dims.end() - 1, dims.end());
      *dim = {};
    }
    dim->to = before;
    before += dim->count;
    copies.push_back(dims);
  }
  return detail::record_copy(call, parts, output, std::move(copies),
                             [=] { return std::vector{detail::shown("dim", d)}; });
}

}  // namespace

Var concat(Located<std::span<const Var>> parts, Dim dim) {
  const Call call("concat", parts.where);
  call.check<Error>(!parts.empty(), "no parts are given; at least one is needed");
  const Shape first = call.shape(parts[0]);
  const Index d = call.dim(first, dim);
  Index total = first[d];
  for (std::size_t i = 1; i < parts.size(); i++) {
    const Shape& shape = call.shape(parts[i]);
    call.check(shape.dim() == first.dim() && shape.with(d, first[d]) == first,
               "part {} is {}, part 0 is {}; they may differ in dimension {} only", i, shape, first, d);
    total += shape[d];
  }
  std::vector<Index> sizes(first.begin(), first.end());
  sizes[static_cast<std::size_t>(d)] = total;
  return join(call, parts, call.make_shape(sizes), d);
}

Var stack(Located<std::span<const Var>> parts, Dim dim) {
  const Call call("stack", parts.where);
  call.check<Error>(!parts.empty(), "no parts are given; at least one is needed");
  const Shape first = call.shape(parts[0]);
  for (std::size_t i = 1; i < parts.size(); i++) {
    call.check(call.shape(parts[i]) == first, "part {} is {}, part 0 is {}; all shapes must be equal", i,
               call.shape(parts[i]), first);
  }
  const Index d = call.new_dim(first, dim);
  std::vector<Index> sizes(first.begin(), first.end());
  sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(d), std::ssize(parts));
  return join(call, parts, call.make_shape(sizes), d);
}

Var slice(Operand x, Dim dim, Range range) {
  const Call call("slice", x.where);
  const Shape& shape = call.shape(x);
  const Index d = call.dim(shape, dim), n = shape[d];
  call.check(range.step > 0, "step is {}; it must be at least 1", range.step);
  const auto clamped = [n](Index i) { return std::clamp<Index>(i < 0 ? i + n : i, 0, n); };
  range.begin = clamped(range.begin);
  range.end = clamped(range.end);
  const Index length = std::max<Index>(0, range.end - range.begin);
  const Index step = std::min(range.step, length + 1);  // beyond it only products would grow, and overflow
  const Shape result = shape.with(d, length == 0 ? 0 : (length - 1) / step + 1);
  detail::CopiedDims dims = detail::copied_whole(result);
  dims[static_cast<std::size_t>(d)].begin = range.begin;
  dims[static_cast<std::size_t>(d)].step = step;
  return detail::record_copy(call, std::array<Var, 1>{x}, result, {dims}, [=] {
    return std::vector{detail::shown("dim", d), detail::shown("begin", range.begin),
                       detail::shown("end", range.end), detail::shown("step", range.step)};
  });
}

Var select(Operand x, Dim dim, Index index) {
  const Call call("select", x.where);
  const Shape& shape = call.shape(x);
  const Index d = call.dim(shape, dim), n = shape[d];
  call.check(-n <= index && index < n, "index {} is out of range for dimension {} of input {}, which has {}",
             index, d, shape, n);
  const Index i = index < 0 ? index + n : index;
  return squeeze({slice(x, d, {i, i + 1}), x.where}, d);
}

std::vector<Var> chunk(Operand x, Index chunks, Dim dim) {
  const Call call("chunk", x.where);
  const Shape& shape = call.shape(x);
  const Index d = call.dim(shape, dim), n = shape[d];
  call.count("chunks", chunks, 1);
  const Index size = (n + chunks - 1) / chunks;
  const Index count = n == 0 ? chunks : (n + size - 1) / size;
  std::vector<Var> parts;
  for (Index i = 0; i < count; i++) parts.push_back(slice(x, d, {i * size, (i + 1) * size}));
  return parts;
}

Var pad2d(Operand x, Padding2 padding, Scalar value) {
  const Call call("pad2d", x.where);
  const Shape& shape = call.shape(x);
  call.check(shape.dim() == 4, "input is {}, [N,C,H,W] is expected", shape);
  detail::check_padding(call, padding);
  const std::array<Index, 4> sizes{shape[0], shape[1], shape[2] + padding.top + padding.bottom,
                                   shape[3] + padding.left + padding.right};
  detail::CopiedDims dims = detail::copied_whole(shape);
  dims[2].to = padding.top;
  dims[3].to = padding.left;
  const auto options = [=] {
    return std::vector{detail::shown("padding", padding), detail::shown("value", static_cast<double>(value))};
  };
  return detail::record_copy(call, std::array<Var, 1>{x}, call.make_shape(sizes), {dims}, options, value);
}

}  // namespace reel::inline REEL_PRECISION
