// Copies between tensors as the loops of a formula run.
#include <reel/core/ops/detail/copy_op.h>

#include <algorithm>
#include <utility>

#include <reel/core/kernels/detail/copy.h>

namespace reel::inline REEL_PRECISION {
namespace {

// A tensor and where a summand stands in it.
struct CopySide {
  const formula::Access& access;
  const Shape& shape;

  // f(an index, how far apart neighbours along its dimension lie), from the outermost.
  template <class F>
  void for_each(F&& f) const {
    Index stride = shape.numel();
    for (std::size_t d = 0; d < access.size(); d++) {
      stride /= std::max<Index>(1, shape[static_cast<Index>(d)]);
      f(access[d], stride);
    }
  }

  // The place where all loops start, and by how much a turn of one of them moves it.
  Index start() const {
    Index place = 0;
    for_each([&](const formula::Affine& index, Index stride) { place += index.start * stride; });
    return place;
  }
  Index step(formula::Loop loop) const {
    Index steps = 0;
    for_each([&](const formula::Affine& index, Index stride) {
      for (const auto& part : index.parts) steps += part.loop.index == loop.index ? part.step * stride : 0;
    });
    return steps;
  }
};

class CopyOp : public Op {
 public:
  CopyOp(std::string_view name, std::vector<Shape> inputs, const Shape& output, Formula formula,
         std::vector<OpOption> options)
      : name_(name),
        inputs_(std::move(inputs)),
        output_(output),
        formula_(std::move(formula)),
        options_(std::move(options)) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Index numel = 0;
    for (const Shape& input : inputs_) numel += input.numel();
    Tensor y = numel >= output_.numel() ? Tensor::uninitialized(output_)
                                        : Tensor::full(output_, static_cast<Scalar>(formula_.elsewhere));
    for (std::size_t i = 0; i < inputs_.size(); i++) copy(y, result(i), inputs[i], input(i));
    return y;
  }

  void backward(BackwardPass& pass) override {
    for (std::size_t i = 0; i < inputs_.size(); i++) {
      if (!pass.wants(i)) continue;
      Tensor dx = inputs_[i].numel() <= output_.numel() ? Tensor::uninitialized(inputs_[i])
                                                        : Tensor::zeros(inputs_[i]);
      copy(dx, input(i), pass.dy(), result(i));
      pass.add(i, std::move(dx));
    }
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = options_, .formula = formula_};
  }

 private:
  CopySide result(std::size_t i) const { return {formula_.summands[i].result, output_}; }
  CopySide input(std::size_t i) const { return {formula_.summands[i].factors[0].at, inputs_[i]}; }

  // In the order in which what is written lies in memory.
  void copy(Tensor& to, const CopySide& at, const Tensor& from, const CopySide& from_at) const {
    kernels::StridedLoop<2> loop;
    at.for_each([&](const formula::Affine& index, Index) {
      for (const auto& part : index.parts) {
        loop.add(formula_.loops[part.loop.index].count, {at.step(part.loop), from_at.step(part.loop)});
      }
    });
    kernels::copy(to.mutable_data() + at.start(), from.data() + from_at.start(), loop);
  }

  std::string_view name_;  // a literal
  std::vector<Shape> inputs_;
  Shape output_;
  Formula formula_;
  std::vector<OpOption> options_;
};

}  // namespace

Var detail::record_copy(const Call& call, std::span<const Var> inputs, const Shape& result, Formula formula,
                        std::vector<OpOption> options) {
  std::vector<Shape> shapes;
  for (const Var& input : inputs) shapes.push_back(call.shape(input));
  auto op = std::make_unique<CopyOp>(call.name(), std::move(shapes), result, std::move(formula),
                                     std::move(options));
  return call.record(std::move(op), result, inputs);
}

}  // namespace reel::inline REEL_PRECISION
