// The fully connected product y = x weight^T + bias.
#include <reel/core/detail/kernel_steps.h>
#include <reel/core/kernels/detail/bias.h>
#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/reductions.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/detail/product_formula.h>

namespace reel::inline REEL_PRECISION {
namespace {

class LinearOp final : public Op {
 public:
  LinearOp() : Op({.takes_steps = true}) {}

  std::string_view name() const override { return "linear"; }

  Tensor forward(std::span<const Tensor> inputs) override { return fused_forward(inputs, {}, {}); }

  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue&, const Epilogue& epilogue) override {
    const Tensor &x = inputs[0], &weight = inputs[1];
    const bool has_bias = inputs.size() > 2;
    const Index out = weight.size(0), in = weight.size(1), rows = x.numel() / in;
    Tensor y = Tensor::uninitialized(x.shape().with(-1, out));
    if (has_bias) kernels::fill_rows(inputs[2].data(), rows, out, y.mutable_data());
    kernels::gemm(false, true, rows, out, in, x.data(), in, weight.data(), in, y.mutable_data(), out,
                  has_bias);
    return finished(std::move(y), epilogue);
  }

  void backward(BackwardPass& pass) override {
    const Tensor &dy = pass.dy(), &weight = pass.input(1);
    const Index out = weight.size(0), in = weight.size(1), rows = dy.numel() / out;
    if (pass.wants(0)) {
      Tensor dx = Tensor::uninitialized(dy.shape().with(-1, in));
      kernels::gemm(false, false, rows, in, out, dy.data(), out, weight.data(), in, dx.mutable_data(), in,
                    false);
      pass.add(0, std::move(dx));
    }
    if (pass.wants(1)) {
      Tensor dweight = Tensor::uninitialized(weight.shape());
      kernels::gemm(true, false, out, in, rows, dy.data(), out, pass.input(0).data(), in,
                    dweight.mutable_data(), in, false);
      pass.add(1, std::move(dweight));
    }
    if (pass.inputs() > 2 && pass.wants(2)) {
      Tensor dbias = Tensor::uninitialized({out});
      kernels::sum(dbias.mutable_data(), dy.data(), 1, rows, out);
      pass.add(2, std::move(dbias));
    }
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.formula = formula(inputs, output),
            .in_onnx = [dim = inputs[0].dim(), n = inputs.size()] { return in_onnx(dim, n); }};
  }

 private:
  // Gemm knows matrices alone.
  static onnx::Operator in_onnx(Index dim, std::size_t inputs) {
    if (dim == 2) return {"Gemm", onnx::inputs(inputs), {{"transB", Index{1}}}};
    const onnx::Operator weight{"Transpose", {onnx::Input{1}}}, product{"MatMul", {onnx::Input{0}, weight}};
    return inputs > 2 ? onnx::Operator{"Add", {product, onnx::Input{2}}} : product;
  }

  Formula formula(std::span<const Shape> inputs, const Shape& output) const {
    Formula f = detail::product_formula(inputs, output, true);
    f.weights = {1, 2};
    return f;
  }
};

}  // namespace

Var linear(Operand x, Var weight, Var bias) {
  const Call call("linear", x.where);
  const Shape &rows = call.shape(x), &matrix = call.shape(weight);
  call.check(matrix.dim() == 2 && matrix.numel() > 0, "weight is {}, [out,in] is wanted", matrix);
  call.check(rows.dim() >= 1, "input is a scalar, [..,{}] is wanted", matrix[1]);
  call.check(rows[-1] == matrix[1], "input {} has {} features, weight {} wants {}{}", rows, rows[-1], matrix,
             matrix[1], rows.dim() > 2 ? "; flatten images to [N,features] first" : "");
  detail::check_bias(call, bias, matrix[0]);
  return call.record(std::make_unique<LinearOp>(), rows.with(-1, matrix[0]), {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
