// Rows of a table by their numbers.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// A Scalar counts every whole number up to it.
constexpr Index kMostRows = Index{1} << std::numeric_limits<Scalar>::digits;

// inputs: weight and indices
class EmbeddingOp : public Op {
 public:
  explicit EmbeddingOp(const Shape& output) : output_(output) {}

  std::string_view name() const override { return "embedding"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    indices_ = inputs[1];
    rows_ = rows_of(indices_, inputs[0].shape());
    Tensor y = Tensor::uninitialized(output_);
    const Index dim = inputs[0].size(1);
    Scalar* to = y.mutable_data();
    for (const Index row : rows_) to = std::copy_n(inputs[0].data() + row * dim, dim, to);
    return y;
  }

  // In the indices' order, so that an index that comes again has the same sum at any number of threads.
  void backward(BackwardPass& pass) override {
    Tensor dweight = Tensor::zeros(pass.input(0).shape());
    const Index dim = dweight.size(1);
    Scalar* sums = dweight.mutable_data();
    const Scalar* from = pass.dy().data();
    for (const Index row : rows_) {
      kernels::add_in_place(sums + row * dim, from, dim);
      from += dim;
    }
    pass.add(0, std::move(dweight));
  }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.formula = formula(output), .in_onnx = [] {
              const onnx::Operator indices = onnx::cast(onnx::Input{1}, onnx::Type::kInt64);
              return onnx::Operator{"Gather", {onnx::Input{0}, indices}};
            }};
  }

 private:
  static std::vector<Index> rows_of(const Tensor& indices, const Shape& weight) {
    std::vector<Index> rows;
    for (Index n = 0; n < indices.numel(); n++) {
      const Scalar index = indices.data()[n];
      if (!(index >= 0 && index < static_cast<Scalar>(weight[0])) || index != std::trunc(index)) {
        throw Error(fmt::format("index{} is {}, a whole number of 0 to {} is wanted: a row of weight {}",
                                index_text(indices.shape(), n), index, weight[0] - 1, weight));
      }
      rows.push_back(static_cast<Index>(index));
    }
    return rows;
  }

  Formula formula(const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    std::vector<formula::Loop> loops;
    std::vector<Index> counts;
    for (const formula::Affine& place : std::span(y).first(y.size() - 1)) {
      for (const formula::Affine::Part& part : place.parts) {
        loops.push_back(part.loop);
        counts.push_back(f.loops[part.loop.index].count);
      }
    }
    f.add(y, {{0, {formula::Table{"index", loops, indices_.reshape(counts)}, y.back()}}});
    f.weights = {0};
    return f;
  }

  Shape output_;
  Tensor indices_;
  std::vector<Index> rows_;  // the same
};

}  // namespace

Var embedding(Operand weight, Var indices) {
  const Call call("embedding", weight.where);
  const Shape &table = call.shape(weight), &places = call.shape(indices);
  call.check(table.dim() == 2, "weight is {}, [V,D] is wanted: a row for each index", table);
  call.check(table[0] <= kMostRows, "weight {} has too many rows, {} at most are wanted", table, kMostRows);
  std::vector<Index> sizes(places.begin(), places.end());
  sizes.push_back(table[1]);
  const Shape result = call.make_shape(sizes);
  return call.record(std::make_unique<EmbeddingOp>(result), result, {weight, indices});
}

Var embedding(Operand weight, const Tensor& indices) {
  return embedding(weight, weight.tape({"embedding", weight.where}).input({indices, weight.where}));
}

Var embedding(Operand weight, std::span<const int> indices) {
  Tensor numbers = Tensor::uninitialized({std::ssize(indices)});
  std::ranges::transform(indices, numbers.mutable_data(), [](int i) { return static_cast<Scalar>(i); });
  return embedding(weight, numbers);
}

Var embedding(Operand weight, std::initializer_list<int> indices) {
  return embedding(weight, std::span(indices.begin(), indices.size()));
}

}  // namespace reel::inline REEL_PRECISION
