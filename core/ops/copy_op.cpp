// Copies between tensors, dimension by dimension; the formula says the same as data.
#include <reel/core/ops/detail/copy_op.h>

#include <algorithm>
#include <utility>

#include <reel/core/explain.h>
#include <reel/core/kernels/detail/copy.h>

namespace reel::inline REEL_PRECISION {
namespace {

using detail::CopiedDim;
using detail::CopiedDims;

// How far apart neighbours along a dimension lie.
Index stride_of(const Shape& shape, Index d) {
  Index stride = 1;
  while (++d < shape.dim()) stride *= shape[d];
  return stride;
}

class CopyOp : public Op {
 public:
  CopyOp(std::string_view name, std::vector<Shape> inputs, const Shape& output, std::vector<CopiedDims> dims,
         std::function<std::vector<OpOption>()> options, Scalar elsewhere)
      : name_(name),
        inputs_(std::move(inputs)),
        output_(output),
        dims_(std::move(dims)),
        options_(std::move(options)),
        elsewhere_(elsewhere) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = is_filled() ? Tensor::uninitialized(output_) : Tensor::full(output_, elsewhere_);
    for (std::size_t i = 0; i < inputs_.size(); i++) copy(i, inputs[i], y, false);
    return y;
  }

  void backward(BackwardPass& pass) override {
    for (std::size_t i = 0; i < inputs_.size(); i++) {
      if (!pass.wants(i)) continue;
      const bool goes_whole = inputs_[i].numel() <= output_.numel();
      Tensor dx = goes_whole ? Tensor::uninitialized(inputs_[i]) : Tensor::zeros(inputs_[i]);
      copy(i, pass.dy(), dx, true);
      pass.add(i, std::move(dx));
    }
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = options_(), .formula = formula(), .in_onnx = [this] { return in_onnx(); }};
  }

 private:
  bool is_filled() const {
    Index numel = 0;
    for (const Shape& input : inputs_) numel += input.numel();
    return numel >= output_.numel();
  }

  // Input i to the result, or back; in the order in which what is written lies in memory.
  void copy(std::size_t i, const Tensor& from, Tensor& to, bool back) const {
    const CopiedDims& dims = dims_[i];
    std::array<std::size_t, Shape::kMaxDim> order{};
    const auto dim = static_cast<std::size_t>(output_.dim());
    for (std::size_t d = 0; d < dim; d++) {
      std::size_t k = d;
      for (; back && k > 0 && dims[order[k - 1]].from > dims[d].from; k--) order[k] = order[k - 1];
      order[k] = d;
    }
    Index x = 0, y = 0;
    kernels::StridedLoop<2> loop;
    for (std::size_t k = 0; k < dim; k++) {
      const auto& [from_dim, count, first, begin, step] = dims[order[k]];
      const Index y_step = stride_of(output_, static_cast<Index>(order[k]));
      const Index x_step = from_dim < 0 ? 0 : stride_of(inputs_[i], from_dim);
      y += first * y_step;
      x += begin * x_step;
      std::array<Index, 2> steps{y_step, step * x_step};
      if (back) std::swap(steps[0], steps[1]);
      loop.add(count, steps);
    }
    kernels::copy(to.mutable_data() + (back ? x : y), from.data() + (back ? y : x), loop);
  }

  // Parts of an input, in the result's order of dimensions.
  onnx::Operand part(std::size_t i) const {
    std::vector<Index> begins, ends, axes, steps, order, missing;
    for (Index d = 0; d < output_.dim(); d++) {
      const auto& [from, count, to, begin, step] = dims_[i][static_cast<std::size_t>(d)];
      if (from < 0) missing.push_back(d);
      if (from < 0) continue;
      order.push_back(from);
      if (count == inputs_[i][from]) continue;
      begins.push_back(begin);
      ends.push_back(count == 0 ? begin : begin + (count - 1) * step + 1);
      axes.push_back(from);
      steps.push_back(step);
    }
    onnx::Operand x = onnx::Input{i};
    if (!axes.empty()) x = onnx::Operator{"Slice", {x, begins, ends, axes, steps}};
    if (!std::ranges::is_sorted(order)) x = onnx::Operator{"Transpose", {x}, {{"perm", order}}};
    if (!missing.empty()) x = onnx::Operator{"Unsqueeze", {x, missing}};
    return x;
  }

  // The dimension along which the inputs lie behind each other.
  Index joined_dim() const {
    for (Index d = 0; d < output_.dim(); d++)
      if (dims_.back()[static_cast<std::size_t>(d)].count < output_[d] ||
          dims_.front()[static_cast<std::size_t>(d)].count < output_[d])
        return d;
    return 0;
  }

  onnx::Operator in_onnx() const {
    if (inputs_.size() > 1) {
      onnx::Operator join{"Concat", {}, {{"axis", joined_dim()}}};
      for (std::size_t i = 0; i < inputs_.size(); i++) join.operands.push_back(part(i));
      return join;
    }
    std::vector<Index> before, after;
    for (Index d = 0; d < output_.dim(); d++) {
      const CopiedDim& dim = dims_[0][static_cast<std::size_t>(d)];
      before.push_back(dim.to);
      after.push_back(output_[d] - dim.to - dim.count);
    }
    std::vector<Index> pads = before;
    pads.insert(pads.end(), after.begin(), after.end());
    if (std::ranges::count(pads, 0) == std::ssize(pads)) return {"Identity", {part(0)}};
    return {"Pad", {part(0), pads, onnx::number(elsewhere_)}};
  }

  Formula formula() const {
    Formula f;
    f.elsewhere = elsewhere_;  // 0 where the inputs fill all of the result
    f.elsewhere_note = "padding";
    const std::vector<std::string> names = loop_names(output_);
    for (std::size_t i = 0; i < inputs_.size(); i++) {
      formula::Access y, x(static_cast<std::size_t>(inputs_[i].dim()), 0);
      for (std::size_t d = 0; d < names.size(); d++) {
        const CopiedDim& dim = dims_[i][d];
        const formula::Affine at = dim.count == 1 ? formula::Affine(0) : f.loop(names[d], dim.count);
        y.push_back(at + dim.to);
        if (dim.from >= 0) x[static_cast<std::size_t>(dim.from)] = dim.step * at + dim.begin;
      }
      f.add(std::move(y), {{i, std::move(x)}});
    }
    return f;
  }

  std::string_view name_;  // a literal
  std::vector<Shape> inputs_;
  Shape output_;
  std::vector<CopiedDims> dims_;  // of each input
  std::function<std::vector<OpOption>()> options_;
  Scalar elsewhere_;
};

}  // namespace

detail::CopiedDims detail::copied_whole(const Shape& shape) {
  CopiedDims dims;
  for (Index d = 0; d < shape.dim(); d++) dims[static_cast<std::size_t>(d)] = {.from = d, .count = shape[d]};
  return dims;
}

Var detail::record_copy(const Call& call, std::span<const Var> inputs, const Shape& result,
                        std::vector<CopiedDims> dims, std::function<std::vector<OpOption>()> options,
                        Scalar elsewhere) {
  std::vector<Shape> shapes;
  for (const Var& input : inputs) shapes.push_back(call.shape(input));
  return call.record(std::make_unique<CopyOp>(call.name(), std::move(shapes), result, std::move(dims),
                                              std::move(options), elsewhere),
                     result, inputs);
}

}  // namespace reel::inline REEL_PRECISION
