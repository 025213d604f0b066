#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include <reel/core/kernels/detail/orthogonalize.h>
#include <reel/core/parallel.h>

#include "compare_support.h"
#include "uniform.h"

using namespace reel;
using reel_test::uniform;

namespace {

Tensor orthogonalized(const Tensor& x, Index steps = 5, double eps = 1e-7) {
  Tensor y = x.clone(), scratch = Tensor::zeros({kernels::orthogonalize_scratch(x.size(0), x.size(1))});
  kernels::orthogonalize(y.mutable_data(), x.size(0), x.size(1), steps, eps, scratch.mutable_data());
  return y;
}

// What becomes of a singular value.
double stepped(double s, int steps) {
  for (int i = 0; i < steps; i++) s = 3.4445 * s - 4.7750 * s * s * s + 2.0315 * s * s * s * s * s;
  return s;
}

Tensor turned_over(const Tensor& a) {
  Tensor t = Tensor::uninitialized({a.size(1), a.size(0)});
  for (Index i = 0; i < a.size(0); i++) {
    for (Index j = 0; j < a.size(1); j++) t.set(j, i, a.at(i, j));
  }
  return t;
}

}  // namespace

TEST_CASE("orthogonalize takes each singular value through its polynomial and leaves the directions") {
  // A rotation by 3-4-5, the singular values 3 and 4, a reflection: U S V^T with the norm 5.
  const double u[2][2] = {{0.6, -0.8}, {0.8, 0.6}}, v[2][2] = {{0.8, 0.6}, {0.6, -0.8}};
  const auto product = [&](double s0, double s1) {
    std::vector<Scalar> x;
    for (const auto& row : u) {
      for (const auto& column : v) {
        x.push_back(static_cast<Scalar>(row[0] * s0 * column[0] + row[1] * s1 * column[1]));
      }
    }
    return Tensor::from({2, 2}, x);
  };
  for (const int steps : {0, 1, 2, 5}) {
    CAPTURE(steps);
    CHECK_CLOSE(orthogonalized(product(3, 4), steps), product(stepped(0.6, steps), stepped(0.8, steps)),
                10 * reel_test::kTolerance);
  }
}

TEST_CASE("orthogonalize brings random singular values near 1, whatever their size") {
  for (const Scalar size : {Scalar(1e-3), Scalar(1), Scalar(1e4)}) {
    const Tensor y = orthogonalized(uniform({2, 9}, -size, size));
    double aa = 0, ab = 0, bb = 0;  // y y^T
    for (Index j = 0; j < 9; j++) {
      const double a = y.at(0, j), b = y.at(1, j);
      aa += a * a, ab += a * b, bb += b * b;
    }
    const double middle = (aa + bb) / 2, apart = std::hypot((aa - bb) / 2, ab);
    CHECK(std::sqrt(middle - apart) > 0.67);
    CHECK(std::sqrt(middle + apart) < 1.21);
  }
}

TEST_CASE("orthogonalize makes of a tall matrix what it makes of the wide one") {
  for (const auto& [rows, columns] : {std::pair{7, 3}, {70, 9}, {8, 1}, {200, 130}}) {
    const Tensor x = uniform({rows, columns});
    CHECK_CLOSE(orthogonalized(x), turned_over(orthogonalized(turned_over(x))),
                50 * reel_test::kSumTolerance);
  }
}

TEST_CASE("orthogonalize leaves zeros and no elements, and divides what is small by eps") {
  CHECK_CLOSE(orthogonalized(Tensor::zeros({3, 5})), Tensor::zeros({3, 5}));
  CHECK(orthogonalized(Tensor::zeros({0, 5})).numel() == 0);
  CHECK(orthogonalized(Tensor::zeros({5, 0})).numel() == 0);
  CHECK_CLOSE(orthogonalized(Tensor::full({1, 1}, Scalar(0.5)), 5, 2).item(), stepped(0.25, 5),
              10 * reel_test::kTolerance);
}

TEST_CASE("orthogonalize has the same bits at any number of threads") {
  const int threads = num_threads();
  const Tensor x = uniform({300, 170});
  const auto with = [&](int n) {
    set_num_threads(n);
    return orthogonalized(x);
  };
  const Tensor one = with(1);
  CHECK(std::ranges::equal(one.values(), with(2).values()));
  CHECK(std::ranges::equal(one.values(), with(4).values()));
  set_num_threads(threads);
}
