#include <doctest/doctest.h>
#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "gradcheck_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

Tensor transposed(const Tensor& a) {
  Tensor t = Tensor::uninitialized({a.size(1), a.size(0)});
  for (Index i = 0; i < a.size(0); i++) {
    for (Index j = 0; j < a.size(1); j++) t.set(j, i, a.at(i, j));
  }
  return t;
}

}  // namespace

TEST_CASE("gemm agrees with the textbook's product for every transposition") {
  reel_test::Draw draw(1);
  for (int i = 0; i < 200; i++) {
    CAPTURE(i);
    const Index m = draw(1, 70), n = draw(1, 70), k = draw(1, 40);
    const bool transpose_a = draw(0, 1), transpose_b = draw(0, 1), accumulate = draw(0, 1);
    const Tensor a = uniform({m, k}, -1, 1, 0), b = uniform({k, n}, -1, 1, 1),
                 before = uniform({m, n}, -1, 1, 2);
    const Tensor stored_a = transpose_a ? transposed(a) : a, stored_b = transpose_b ? transposed(b) : b;
    Tensor c = before.clone(), expected = reference::matmul(a, b);
    if (accumulate) {
      for (Index e = 0; e < m * n; e++)
        expected.mutable_data()[e] += before.values()[static_cast<std::size_t>(e)];
    }
    kernels::gemm(transpose_a, transpose_b, m, n, k, stored_a.data(), stored_a.size(1), stored_b.data(),
                  stored_b.size(1), c.mutable_data(), n, accumulate);
    CHECK_CLOSE(c, expected, reel_test::kSumTolerance);
  }
}

TEST_CASE("gemm leaves what lies between the rows of a submatrix alone") {
  const Tensor a = Tensor::ones({2, 3}), b = Tensor::ones({3, 2});
  Tensor c = Tensor::full({2, 4}, 7);
  kernels::gemm(false, false, 2, 2, 3, a.data(), 3, b.data(), 2, c.mutable_data(), 4, false);
  CHECK(c.text() == "tensor([[3., 3., 7., 7.],\n        [3., 3., 7., 7.]])");
}

TEST_CASE("gemm over no terms is zero") {
  const Tensor a = Tensor::ones({1});
  Tensor c = Tensor::full({2, 2}, 7);
  kernels::gemm(false, false, 2, 2, 0, a.data(), 0, a.data(), 2, c.mutable_data(), 2, false);
  CHECK(c.text() == "tensor([[0., 0.],\n        [0., 0.]])");
}

TEST_CASE("gemm has the same bits at any thread count, split by rows and by columns") {
  for (const auto& [m, n] : {std::pair<Index, Index>{700, 60}, {50, 900}}) {
    const Tensor a = uniform({m, 300}, -1, 1, 0), b = uniform({300, n}, -1, 1, 1);
    CHECK(reel_test::same_bits_at_any_thread_count([&, rows = m, columns = n] {
      Tensor c = Tensor::uninitialized({rows, columns});
      kernels::gemm(false, false, rows, columns, 300, a.data(), 300, b.data(), columns, c.mutable_data(),
                    columns, false);
      return c;
    }));
  }
}
