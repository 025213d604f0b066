#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/kernels/detail/losses.h>
#include <reel/core/kernels/detail/softmax.h>

#include "compare_support.h"
#include "gradcheck_support.h"
#include "guarded.h"

using namespace reel;
using reel_test::Guarded;

namespace {

struct Shape3 {
  Index outer, n, inner;
  Index numel() const { return outer * n * inner; }
};

// softmax or log_softmax of each line by the textbook, in double.
Tensor plain_softmax(const Tensor& x, const Shape3& s, bool logarithm) {
  Tensor y = Tensor::uninitialized({s.numel()});
  for (Index line = 0; line < s.outer * s.inner; line++) {
    const Index first = line / s.inner * s.n * s.inner + line % s.inner;
    double top = -std::numeric_limits<double>::infinity(), total = 0;
    for (Index k = 0; k < s.n; k++) top = std::max(top, double{x.data()[first + k * s.inner]});
    for (Index k = 0; k < s.n; k++) total += std::exp(x.data()[first + k * s.inner] - top);
    for (Index k = 0; k < s.n; k++) {
      const Index i = first + k * s.inner;
      const double z = x.data()[i] - top;
      y.mutable_data()[i] = static_cast<Scalar>(logarithm ? z - std::log(total) : std::exp(z) / total);
    }
  }
  return y;
}

// The gradient of the result y of `plain_softmax`.
Tensor plain_gradient(const Tensor& y, const Tensor& dy, const Shape3& s, bool logarithm) {
  Tensor dx = Tensor::uninitialized({s.numel()});
  for (Index line = 0; line < s.outer * s.inner; line++) {
    const Index first = line / s.inner * s.n * s.inner + line % s.inner;
    double total = 0;
    for (Index k = 0; k < s.n; k++) {
      const Index i = first + k * s.inner;
      total += double{dy.data()[i]} * (logarithm ? 1 : double{y.data()[i]});
    }
    for (Index k = 0; k < s.n; k++) {
      const Index i = first + k * s.inner;
      const double value = y.data()[i], slope = dy.data()[i];
      dx.mutable_data()[i] =
          static_cast<Scalar>(logarithm ? slope - std::exp(value) * total : value * (slope - total));
    }
  }
  return dx;
}

void check_softmax(const Shape3& s, bool logarithm, bool offset) {
  const Shape all{s.numel()};
  const Tensor values = reel_test::uniform(all, -8, 8), gradient = reel_test::uniform(all);
  const Tensor expected = plain_softmax(values, s, logarithm);
  const Guarded x(values.values(), offset), dy(gradient.values(), offset), y(s.numel(), offset),
      dx(s.numel(), offset);
  (logarithm ? kernels::log_softmax : kernels::softmax)(y.data(), x.data(), s.outer, s.n, s.inner);
  CHECK_CLOSE(Tensor::from(all, y.values()), expected);
  (logarithm ? kernels::log_softmax_gradient : kernels::softmax_gradient)(dx.data(), dy.data(), y.data(),
                                                                          s.outer, s.n, s.inner);
  CHECK_CLOSE(Tensor::from(all, dx.values()), plain_gradient(expected, gradient, s, logarithm),
              reel_test::kSumTolerance);  // exp(y) has the roundings of y
  for (const Guarded* buffer : {&x, &dy, &y, &dx}) CHECK(buffer->intact());
}

struct LossCase {
  Index rows, classes;
  std::vector<int> labels;
  Tensor probabilities, weights;
  double smoothing;

  kernels::Targets targets() const {
    return {probabilities.defined() ? nullptr : labels.data(),
            probabilities.defined() ? probabilities.data() : nullptr, smoothing,
            weights.defined() ? weights.data() : nullptr};
  }
  double target(Index r, Index c) const {
    const int label = labels[static_cast<std::size_t>(r)];
    if (!probabilities.defined() && label < 0) return 0;
    const double given = probabilities.defined() ? double{probabilities.data()[r * classes + c]} : c == label;
    const double weight = weights.defined() ? double{weights.data()[c]} : 1;
    return ((1 - smoothing) * given + smoothing / static_cast<double>(classes)) * weight;
  }
};

LossCase draw_loss(reel_test::Draw& draw) {
  LossCase c{draw(1, 70), draw(1, 3) > 1 ? draw(1, 12) : draw(1, 90), {}, {}, {}, draw(0, 1) ? 0.1 : 0};
  for (Index r = 0; r < c.rows; r++) c.labels.push_back(static_cast<int>(draw(-1, c.classes - 1)));
  if (draw(0, 3) == 0) c.probabilities = reel_test::uniform({c.rows, c.classes}, 0, 1);
  if (draw(0, 2) == 0) c.weights = reel_test::uniform({c.classes}, 0, 2);
  return c;
}

void check_cross_entropy(const LossCase& c, bool offset) {
  const Shape all{c.rows * c.classes}, each{c.rows};
  const Tensor values = reel_test::uniform(all, -8, 8), gradient = reel_test::uniform(each);
  const Tensor log_softmax = plain_softmax(values, {c.rows, c.classes, 1}, true);
  Tensor expected = Tensor::zeros(each), expected_dx = Tensor::uninitialized(all);
  for (Index r = 0; r < c.rows; r++) {
    double loss = 0, mass = 0;
    for (Index k = 0; k < c.classes; k++) {
      loss -= c.target(r, k) * log_softmax.data()[r * c.classes + k];
      mass += c.target(r, k);
    }
    expected.set(r, static_cast<Scalar>(loss));
    for (Index k = 0; k < c.classes; k++) {
      const Index i = r * c.classes + k;
      const double slope = std::exp(double{log_softmax.data()[i]}) * mass - c.target(r, k);
      expected_dx.mutable_data()[i] = static_cast<Scalar>(gradient.at(r) * slope / 2);
    }
  }
  const Guarded x(values.values(), offset), dy(gradient.values(), offset), losses(c.rows, offset),
      softmax(all.numel(), offset), dx(all.numel(), offset);
  kernels::cross_entropy(x.data(), c.targets(), c.rows, c.classes, softmax.data(), losses.data());
  kernels::cross_entropy_backward(softmax.data(), c.targets(), {dy.data(), 1, Scalar(0.5)}, c.rows, c.classes,
                                  dx.data());
  CHECK_CLOSE(Tensor::from(each, losses.values()), expected);
  CHECK_CLOSE(Tensor::from(all, softmax.values()), plain_softmax(values, {c.rows, c.classes, 1}, false));
  CHECK_CLOSE(Tensor::from(all, dx.values()), expected_dx);
  for (const Guarded* buffer : {&x, &dy, &losses, &softmax, &dx}) CHECK(buffer->intact());
}

}  // namespace

TEST_CASE("Softmax and its logarithm agree with plain loops along rows and columns of any length") {
  reel_test::Draw draw(11);
  for (int i = 0; i < 300; i++) {
    CAPTURE(i);
    const Shape3 s{draw(1, 40), draw(1, 3) > 1 ? draw(1, 12) : draw(1, 600), draw(0, 1) ? 1 : draw(1, 40)};
    check_softmax(s, i % 2, i % 3 == 0);
  }
}

TEST_CASE("Cross-entropy of rows agrees with plain loops") {
  reel_test::Draw draw(12);
  for (int i = 0; i < 400; i++) {
    CAPTURE(i);
    check_cross_entropy(draw_loss(draw), i % 2);
  }
}

TEST_CASE("A NaN or an infinity among the logits stays in its row") {
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  for (const Index classes : {Index{10}, Index{100}}) {
    for (const Scalar bad : {std::numeric_limits<Scalar>::quiet_NaN(), kInfinity}) {
      for (const Index place : {Index{0}, Index{7}, classes - 1}) {
        Tensor x = reel_test::uniform({20, classes}), softmax = Tensor::uninitialized(x.shape());
        x.set(3, place, bad);
        x.set(4, place, -kInfinity);
        Tensor losses = Tensor::uninitialized({20});
        const std::vector<int> labels(20, 1);
        kernels::cross_entropy(x.data(), {labels.data(), nullptr, 0}, 20, classes, softmax.mutable_data(),
                               losses.mutable_data());
        Tensor log_softmax = Tensor::uninitialized(x.shape());
        kernels::log_softmax(log_softmax.mutable_data(), x.data(), 20, classes, 1);
        for (Index r = 0; r < 20; r++) {
          CHECK(std::isnan(losses.at(r)) == (r == 3));
          CHECK(std::isnan(softmax.at(r, 2)) == (r == 3));
          CHECK(std::isnan(log_softmax.at(r, 2)) == (r == 3));
        }
        CHECK(softmax.at(4, place) == 0);
        CHECK(log_softmax.at(4, place) == -kInfinity);
      }
    }
  }
}

TEST_CASE("Softmax and cross-entropy have the same bits at any thread count") {
  const Tensor x = reel_test::uniform({1000, 10});
  const std::vector<int> labels(1000, 3);
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor softmax = Tensor::uninitialized(x.shape()), losses = Tensor::uninitialized({1000});
    kernels::cross_entropy(x.data(), {labels.data(), nullptr, 0}, 1000, 10, softmax.mutable_data(),
                           losses.mutable_data());
    return losses;
  }));
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::log_softmax(y.mutable_data(), x.data(), 10, 10, 100);
    return y;
  }));
}
