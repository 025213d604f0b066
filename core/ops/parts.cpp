// Ops that put tensors together or take parts of them: concat, stack, slice, select, chunk, pad2d.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <reel/core/kernels/detail/copy.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Index numel_before(const Shape& shape, Index dim) {
  Index n = 1;
  for (Index d = 0; d < dim; d++) n *= shape[d];
  return n;
}

Index numel_after(const Shape& shape, Index dim) {
  Index n = 1;
  for (Index d = dim + 1; d < shape.dim(); d++) n *= shape[d];
  return n;
}

// concat and stack: the lines of all parts, one after another.
class JoinOp : public Op {
 public:
  JoinOp(std::string_view name, const Shape& output, Index dim, std::vector<Shape> parts)
      : name_(name),
        output_(output),
        dim_(dim),
        outer_(numel_before(output, dim)),
        parts_(std::move(parts)) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(output_);
    Scalar* to = y.mutable_data();
    for (const Tensor& part : inputs) {
      const Index n = line(part.numel());
      kernels::copy(to, part.data(), loop(n, line(y.numel()), n));
      to += n;
    }
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Scalar* from = pass.dy().data();
    for (std::size_t i = 0; i < parts_.size(); i++) {
      const Index n = line(parts_[i].numel());
      if (pass.wants(i)) {
        Tensor dx = Tensor::uninitialized(parts_[i]);
        kernels::copy(dx.mutable_data(), from, loop(n, n, line(output_.numel())));
        pass.add(i, std::move(dx));
      }
      from += n;
    }
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.options = {detail::shown("dim", dim_)}, .formula = formula(inputs, output)};
  }

 private:
  Formula formula(std::span<const Shape> inputs, const Shape& output) const {
    Formula f;
    const formula::Access whole = detail::loops_over(f, output);
    const auto d = static_cast<std::size_t>(dim_);
    Index before = 0;
    for (std::size_t i = 0; i < inputs.size(); i++) {
      formula::Access y = whole, x = whole;
      if (inputs[i].dim() == output.dim()) {
        x[d] = f.loop("k", inputs[i][dim_]);
        y[d] = x[d] + before;
        before += inputs[i][dim_];
      } else {
        y[d] = static_cast<Index>(i);
        x.erase(x.begin() + static_cast<std::ptrdiff_t>(d));
      }
      f.add(y, {{i, x}});
    }
    return f;
  }

  // Elements in one line of a tensor with `numel`.
  Index line(Index numel) const { return outer_ == 0 ? 0 : numel / outer_; }

  kernels::StridedLoop<2> loop(Index n, Index to_stride, Index from_stride) const {
    kernels::StridedLoop<2> result;
    result.add(outer_, {to_stride, from_stride});
    result.add(n, {1, 1});
    return result;
  }

  std::string_view name_;
  Shape output_;
  Index dim_, outer_;
  std::vector<Shape> parts_;
};

Var join(const Call& call, std::string_view name, std::span<const Var> parts, const Shape& output,
         Index dim) {
  std::vector<Shape> shapes;
  for (const Var& part : parts) shapes.push_back(call.shape(part));
  auto op = std::make_unique<JoinOp>(name, output, dim, std::move(shapes));
  return call.record(std::move(op), output, parts);
}

class SliceOp : public Op {
 public:
  // `step` is that of the range, or less where that makes no difference.
  SliceOp(const Shape& input, Index dim, Range range, Index step, Index count)
      : input_(input), output_(input.with(dim, count)), dim_(dim), range_(range), step_(step) {}

  std::string_view name() const override { return "slice"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(output_);
    kernels::copy(y.mutable_data(), inputs[0].data() + offset(),
                  loop(steps(output_, 1), steps(input_, step_)));
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::zeros(input_);
    kernels::copy(dx.mutable_data() + offset(), pass.dy().data(),
                  loop(steps(input_, step_), steps(output_, 1)));
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.options = {detail::shown("dim", dim_), detail::shown("begin", range_.begin),
                        detail::shown("end", range_.end), detail::shown("step", range_.step)},
            .formula = formula(output)};
  }

 private:
  Formula formula(const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    formula::Access x = y;
    x[static_cast<std::size_t>(dim_)] = step_ * y[static_cast<std::size_t>(dim_)] + range_.begin;
    f.add(y, {{0, x}});
    return f;
  }

  struct Steps {
    Index outer, along;
  };

  Steps steps(const Shape& shape, Index step) const { return {shape[dim_] * inner(), step * inner()}; }
  Index inner() const { return numel_after(input_, dim_); }
  Index offset() const { return range_.begin * inner(); }

  kernels::StridedLoop<2> loop(Steps to, Steps from) const {
    kernels::StridedLoop<2> result;
    result.add(numel_before(input_, dim_), {to.outer, from.outer});
    result.add(output_[dim_], {to.along, from.along});
    result.add(inner(), {1, 1});
    return result;
  }

  Shape input_, output_;
  Index dim_;
  Range range_;  // as it was asked for, within the dimension
  Index step_;
};

class Pad2dOp : public Op {
 public:
  Pad2dOp(const Shape& input, const Shape& output, Padding2 padding, Scalar value)
      : input_(input), output_(output), padding_(padding), value_(value) {}

  std::string_view name() const override { return "pad2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::full(output_, value_);
    kernels::copy(y.mutable_data() + offset(), inputs[0].data(), loop(output_, input_));
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(input_);
    kernels::copy(dx.mutable_data(), pass.dy().data() + offset(), loop(input_, output_));
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {
        .options = {detail::shown("padding", padding_), detail::shown("value", static_cast<double>(value_))},
        .formula = formula(inputs)};
  }

 private:
  Formula formula(std::span<const Shape> inputs) const {
    Formula f;
    const formula::Access x = detail::loops_over(f, inputs[0]);
    f.add({x[0], x[1], x[2] + padding_.top, x[3] + padding_.left}, {{0, x}});
    f.elsewhere = value_;
    f.elsewhere_note = "padding";
    return f;
  }

  // Of the image in its frame.
  Index offset() const { return padding_.top * output_[3] + padding_.left; }

  kernels::StridedLoop<2> loop(const Shape& to, const Shape& from) const {
    kernels::StridedLoop<2> result;
    result.add(input_[0] * input_[1], {to[2] * to[3], from[2] * from[3]});
    result.add(input_[2], {to[3], from[3]});
    result.add(input_[3], {1, 1});
    return result;
  }

  Shape input_, output_;
  Padding2 padding_;
  Scalar value_;
};

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
  return join(call, "concat", parts, call.make_shape(sizes), d);
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
  return join(call, "stack", parts, call.make_shape(sizes), d);
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
  const Index count = length == 0 ? 0 : (length - 1) / step + 1;
  return call.record(std::make_unique<SliceOp>(shape, d, range, step, count), shape.with(d, count), {x});
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
  const Shape result = call.make_shape(sizes);
  return call.record(std::make_unique<Pad2dOp>(shape, result, padding, value), result, {x});
}

}  // namespace reel::inline REEL_PRECISION
