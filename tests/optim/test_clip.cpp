#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/optim/clip.h>

#include "close.h"

using namespace reel;

namespace {

Parameter with_grad(Tensor grad) {
  return {.name = "w", .value = Tensor::zeros(grad.shape()), .grad = std::move(grad)};
}

}  // namespace

TEST_CASE("clip_grad_norm scales all gradients by one factor and returns the norm before") {
  Parameter a = with_grad(Tensor::from({2}, {3, 0})), b = with_grad(Tensor::from({1}, {4}));
  Parameter none{.name = "none", .value = Tensor::zeros({1})};
  CHECK_CLOSE(clip_grad_norm({&a, &none, &b}, 1), 5, reel_test::kExact);
  CHECK_CLOSE(a.grad.at(0), 3 / (5 + 1e-6));
  CHECK_CLOSE(b.grad.at(0), 4 / (5 + 1e-6));
  CHECK_FALSE(none.grad.defined());
}

TEST_CASE("clip_grad_norm leaves small gradients bit by bit") {
  Parameter a = with_grad(Tensor::from({2}, {Scalar(0.1), Scalar(0.2)}));
  clip_grad_norm({&a}, 1);
  CHECK(a.grad.at(0) == Scalar(0.1));
  CHECK(clip_grad_norm({}, 1) == 0);
}

TEST_CASE("clip_grad_norm returns a norm that is not finite and spoils the gradients, as torch does") {
  Parameter a = with_grad(Tensor::from({2}, {1, std::numeric_limits<Scalar>::quiet_NaN()}));
  CHECK(std::isnan(clip_grad_norm({&a}, 1)));
  CHECK(std::isnan(a.grad.at(0)));
  Parameter b = with_grad(Tensor::from({2}, {1, std::numeric_limits<Scalar>::infinity()}));
  CHECK(std::isinf(clip_grad_norm({&b}, 1)));
  CHECK(b.grad.at(0) == 0);
  CHECK(std::isnan(b.grad.at(1)));
}

TEST_CASE("clip_grad_norm refuses a negative limit") {
  Parameter a = with_grad(Tensor::ones({1}));
  CHECK_THROWS_WITH_AS(clip_grad_norm({&a}, -1),
                       doctest::Contains("max_norm is -1, it must be a number of 0 or more"), Error);
}

TEST_CASE("The norm of a long gradient keeps its digits") {
  Parameter a = with_grad(Tensor::full({100003}, Scalar(0.01)));
  CHECK_CLOSE(clip_grad_norm({&a}, 100), std::sqrt(100003.0) * static_cast<double>(Scalar(0.01)),
              reel_test::kExact);
}

TEST_CASE("clip_grad_norm takes the norm of the sum of tied gradients, and a parameter named twice once") {
  Parameter a = with_grad(Tensor::from({2}, {3, 0})),
            b{.name = "b", .value = a.value, .grad = Tensor::from({2}, {0, 4})};
  Parameter c{.name = "c", .value = a.value, .grad = Tensor::from({2}, {-3, 8})};
  CHECK(clip_grad_norm({&a, &b, &b, &a}, 100) == 5);
  CHECK(clip_grad_norm({&a, &b, &c}, 100) == 12);
  clip_grad_norm({&a, &b, &c, &c}, 6);
  CHECK_CLOSE(a.grad.at(0), 3 * 6 / (12 + 1e-6));
  CHECK_CLOSE(c.grad.at(1), 8 * 6 / (12 + 1e-6));
  b.grad = Tensor::ones({1});
  CHECK_THROWS_AS(clip_grad_norm({&a, &b}, 1), ShapeError);
}

TEST_CASE("clip_grad_norm leaves what a living tape shows, and a tensor taken from it, as they are") {
  Parameter p{.name = "p", .value = Tensor::ones({1})};
  Tape tape;
  const Var a = tape.parameter(p);
  tape.backward(a * 30);
  const Tensor kept = a.grad();
  clip_grad_norm({&p}, 1);
  CHECK(kept.item() == 30);
  CHECK(a.grad().item() == 30);
  CHECK(tape.nodes()[a.index()].grad.item() == 30);
  CHECK(p.grad.item() < 1.01);
}

TEST_CASE("clip_grad_norm scales a gradient that nobody else has in place") {
  Parameter p = with_grad(Tensor::from({1}, {4}));
  const Scalar* address = p.grad.data();
  clip_grad_norm({&p}, 1);
  CHECK(p.grad.data() == address);
}
