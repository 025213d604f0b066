// Layer normalisation.
#include <algorithm>
#include <utility>

#include <reel/core/kernels/detail/normalization.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// inputs: x, weight, and bias where there is one
class LayerNormOp : public Op {
 public:
  explicit LayerNormOp(double eps) : eps_(eps) {}

  std::string_view name() const override { return "layer_norm"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor &x = inputs[0], &weight = inputs[1];
    const Index size = weight.numel(), rows = x.numel() / size;
    mean_ = Tensor::uninitialized({rows});
    inverse_deviation_ = Tensor::uninitialized({rows});
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::row_normalize(x.data(), rows, size, eps_, weight.data(),
                           detail::optional_input(inputs, 2).data(), mean_.mutable_data(),
                           inverse_deviation_.mutable_data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor &x = pass.input(0), &weight = pass.input(1), &dy = pass.dy();
    const Tensor &mean = mean_, &inverse_deviation = inverse_deviation_;
    const Index size = weight.numel(), rows = mean.numel();
    if (pass.wants(0)) {
      Tensor dx = Tensor::uninitialized(x.shape());
      kernels::row_input_gradient(x.data(), dy.data(), rows, size, weight.data(), mean.data(),
                                  inverse_deviation.data(), dx.mutable_data());
      pass.add(0, std::move(dx));
    }
    const bool wants_bias = pass.inputs() > 2 && pass.wants(2);
    if (!pass.wants(1) && !wants_bias) return;
    Tensor dweight = Tensor::uninitialized(weight.shape()), dbias = Tensor::uninitialized(weight.shape());
    kernels::row_weight_gradients(x.data(), dy.data(), rows, size, mean.data(), inverse_deviation.data(),
                                  dweight.mutable_data(), dbias.mutable_data());
    pass.add(1, std::move(dweight));
    if (wants_bias) pass.add(2, std::move(dbias));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    std::vector<Reads> reads(inputs.size(), {Reads::Kind::kWeight});
    std::array<bool, Shape::kMaxDim> normalized{};
    Shape rows = inputs[0];
    for (Index d = rows.dim() - inputs[1].dim(); d < rows.dim(); d++) {
      normalized[static_cast<std::size_t>(d)] = true;
      rows = rows.with(d, 1);
    }
    reads[0] = reads_lines(inputs[0], normalized);
    return {
        .options = {detail::shown("eps", eps_)},
        .normalization = Normalization{rows, inputs[1], mean_, inverse_deviation_},
        .reads = std::move(reads),
        .saved = {mean_, inverse_deviation_},
        .in_onnx = [n = inputs.size(), axis = -inputs[1].dim(), eps = eps_] {
          return onnx::Operator{"LayerNormalization", onnx::inputs(n), {{"axis", axis}, {"epsilon", eps}}};
        }};
  }

 private:
  double eps_;
  Tensor mean_, inverse_deviation_;  // one number a row
};

}  // namespace

Var layer_norm(Operand x, Var weight, Var bias, LayerNormOptions options) {
  const Call call("layer_norm", x.where);
  const Shape &shape = call.shape(x), &weight_shape = call.shape(weight);
  const Index dims = weight_shape.dim();
  detail::check_options(call, options);
  const bool fits = dims >= 1 && dims <= shape.dim() &&
                    std::equal(weight_shape.begin(), weight_shape.end(), shape.end() - dims);
  call.check(fits && weight_shape.numel() > 0,
             "input is {}, weight is {}; the weight's shape must be that of the input's last dimensions",
             shape, weight_shape);
  if (bias.defined()) {
    call.check(call.shape(bias) == weight_shape, "bias is {}, weight is {}; they must have the same shape",
               call.shape(bias), weight_shape);
  }
  return call.record(std::make_unique<LayerNormOp>(options.eps), call.shape(x), {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
