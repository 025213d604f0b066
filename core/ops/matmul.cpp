// Matrix products of vectors, matrices and batches of matrices.
#include <algorithm>

#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/product_formula.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// The products to compute: output matrix i is a's matrix a_matrix[i] times b's matrix b_matrix[i].
struct Products {
  Index m, n, k;
  Shape result;
  std::vector<Index> a_matrix, b_matrix;
};

class MatmulOp final : public Op {
 public:
  explicit MatmulOp(Products products) : p_(std::move(products)) {}

  std::string_view name() const override { return "matmul"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(p_.result);
    Scalar* to = y.mutable_data();
    for (std::size_t i = 0; i < p_.a_matrix.size(); i++, to += p_.m * p_.n) {
      kernels::gemm(false, false, p_.m, p_.n, p_.k, inputs[0].data() + p_.a_matrix[i] * p_.m * p_.k, p_.k,
                    inputs[1].data() + p_.b_matrix[i] * p_.k * p_.n, p_.n, to, p_.n, false);
    }
    return y;
  }

  void backward(BackwardPass& pass) override {
    if (pass.wants(0)) pass.add(0, left_gradient(pass));
    if (pass.wants(1)) pass.add(1, right_gradient(pass));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.formula = formula(inputs, output), .in_onnx = [] {
              return onnx::Operator{"MatMul", onnx::inputs(2)};
            }};
  }

 private:
  Formula formula(std::span<const Shape> inputs, const Shape& output) const {
    return detail::product_formula(inputs, output, false);
  }

  // A matrix that was repeated takes the sum over its uses, in their order.
  Tensor left_gradient(const BackwardPass& pass) const {
    Tensor da = Tensor::zeros(pass.input(0).shape());
    const Scalar *b = pass.input(1).data(), *dy = pass.dy().data();
    Scalar* to = da.mutable_data();
    for (std::size_t i = 0; i < p_.a_matrix.size(); i++, dy += p_.m * p_.n) {
      kernels::gemm(false, true, p_.m, p_.k, p_.n, dy, p_.n, b + p_.b_matrix[i] * p_.k * p_.n, p_.n,
                    to + p_.a_matrix[i] * p_.m * p_.k, p_.k, true);
    }
    return da;
  }

  Tensor right_gradient(const BackwardPass& pass) const {
    Tensor db = Tensor::zeros(pass.input(1).shape());
    const Scalar *a = pass.input(0).data(), *dy = pass.dy().data();
    Scalar* to = db.mutable_data();
    for (std::size_t i = 0; i < p_.b_matrix.size(); i++, dy += p_.m * p_.n) {
      kernels::gemm(true, false, p_.k, p_.n, p_.m, a + p_.a_matrix[i] * p_.m * p_.k, p_.k, dy, p_.n,
                    to + p_.b_matrix[i] * p_.k * p_.n, p_.n, true);
    }
    return db;
  }

  Products p_;
};

// The batch dimensions of an operand, those before the last two.
std::span<const Index> batch_sizes(const Shape& shape) {
  return shape.sizes().first(static_cast<std::size_t>(std::max<Index>(shape.dim() - 2, 0)));
}

// For each matrix of the broadcast batch, which of the operand's matrices it is.
std::vector<Index> matrices_of(std::span<const Index> own, std::span<const Index> broadcast) {
  std::vector<Index> matrices{0};
  Index stride = 1;
  for (std::size_t i = 0; i < broadcast.size(); i++) {  // from the innermost dimension out
    const Index size = broadcast[broadcast.size() - 1 - i];
    const Index step = i < own.size() && own[own.size() - 1 - i] != 1 ? stride : 0;
    if (i < own.size()) stride *= own[own.size() - 1 - i];
    const std::vector<Index> inner = std::move(matrices);
    matrices.clear();
    for (Index s = 0; s < size; s++) {
      for (const Index matrix : inner) matrices.push_back(s * step + matrix);
    }
  }
  return matrices;
}

Products checked_products(const Call& call, const Shape& a, const Shape& b) {
  call.check(a.dim() >= 1 && b.dim() >= 1,
             "operands are {} and {}; a scalar is no matrix, use * to multiply by a number", a, b);
  Products p;
  p.m = a.dim() == 1 ? 1 : a[-2];
  p.k = a[-1];
  p.n = b.dim() == 1 ? 1 : b[-1];
  const Index b_rows = b.dim() == 1 ? b[0] : b[-2];
  call.check(p.k == b_rows, "operands are {} and {}; the left has {} columns, the right {} rows", a, b, p.k,
             b_rows);
  const auto a_batch = batch_sizes(a), b_batch = batch_sizes(b);
  std::vector<Index> sizes(std::max(a_batch.size(), b_batch.size()));
  for (std::size_t i = 0; i < sizes.size(); i++) {
    const Index left = i < a_batch.size() ? a_batch[a_batch.size() - 1 - i] : 1;
    const Index right = i < b_batch.size() ? b_batch[b_batch.size() - 1 - i] : 1;
    call.check(left == right || left == 1 || right == 1,
               "operands are {} and {}; their batch dimensions {} and {} cannot be broadcast", a, b, left,
               right);
    sizes[sizes.size() - 1 - i] = left == 1 ? right : left;
  }
  p.a_matrix = matrices_of(a_batch, sizes);
  p.b_matrix = matrices_of(b_batch, sizes);
  if (a.dim() > 1) sizes.push_back(p.m);
  if (b.dim() > 1) sizes.push_back(p.n);
  p.result = call.make_shape(sizes);
  if (b.dim() <= 2) {  // one matrix on the right: the batch on the left is one tall matrix
    p.m *= std::ssize(p.a_matrix);
    p.a_matrix = p.b_matrix = {0};
  }
  return p;
}

}  // namespace

Var matmul(Operand a, Var b) {
  const Call call("matmul", a.where);
  Products products = checked_products(call, call.shape(a), call.shape(b));
  const Shape result = products.result;
  return call.record(std::make_unique<MatmulOp>(std::move(products)), result, {a, b});
}

}  // namespace reel::inline REEL_PRECISION
