#include <reel/layers/embedding.h>

#include <array>

#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>
#include <reel/layers/init.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape embedding_weight_shape(Located<Index> count, Index dim) {
  const Call call("Embedding", count.where);
  call.count("count", count, 1);
  call.count("dim", dim, 1);
  return call.make_shape(std::array{count.value, dim}, "its weight");
}

}  // namespace

Embedding::Embedding(Located<Index> count, Index dim)
    : weight(add_parameter("weight", Tensor::uninitialized(embedding_weight_shape(count, dim)))) {
  init::normal(weight.value);
}

Var Embedding::forward(Var indices) {
  return embedding(indices.tape("embedding").parameter(weight), indices);
}

}  // namespace reel::inline REEL_PRECISION
