#include <utility>

#include <doctest/doctest.h>

#include <reel/core/kernels/detail/pooling.h>
#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "gradcheck_support.h"
#include "guarded.h"

using namespace reel;
using kernels::Pooling;
using reel_test::Guarded;

namespace {

struct PoolingCase {
  Size2 kernel;
  MaxPool2dOptions options;
  Tensor x;
};

// A small shape with every option drawn. The numbers are few, so that many are equal.
PoolingCase draw_pooling(reel_test::Draw& draw) {
  PoolingCase c{Size2(draw(1, 4), draw(1, 4)), {}, {}};
  c.options.stride = Size2(draw(1, 4), draw(1, 4));
  c.options.padding = {draw(0, c.kernel.h / 2), draw(0, c.kernel.h / 2), draw(0, c.kernel.w / 2),
                       draw(0, c.kernel.w / 2)};
  c.options.dilation = Size2(draw(1, 2), draw(1, 2));
  c.options.ceil_mode = draw(0, 1);
  c.x = Tensor::uninitialized({draw(1, 2), draw(1, 3), c.options.dilation.h * (c.kernel.h - 1) + draw(1, 8),
                               c.options.dilation.w * (c.kernel.w - 1) + draw(1, 20)});
  for (Scalar& v : c.x.mutable_values()) v = static_cast<Scalar>(draw(-4, 4));
  return c;
}

Pooling pooling(const PoolingCase& c, const Shape& y, Size2 dilation) {
  const Size2 stride = *c.options.stride;
  const Padding2& p = c.options.padding;
  return {y[0] * y[1], c.x.size(2), c.x.size(3), y[2],  y[3],     c.kernel.h, c.kernel.w, stride.h,
          stride.w,    dilation.h,  dilation.w,  p.top, p.bottom, p.left,     p.right};
}

// In guarded buffers; a masked gradient is 0 where x, a relu's result, is not positive.
void check_max(const PoolingCase& c, bool offset) {
  const Tensor expected = reference::max_pool2d(c.x, c.kernel, c.options);
  const Tensor gradient = reel_test::uniform(expected.shape());
  const Pooling shape = pooling(c, expected.shape(), c.options.dilation);
  const Guarded x(c.x.values(), offset), dy(gradient.values(), offset), y(expected.numel(), offset),
      dx(c.x.numel(), offset);
  kernels::max_pool_forward(shape, x.data(), y.data());
  CHECK_CLOSE(Tensor::from(expected.shape(), y.values()), expected, 0);
  Tensor expected_dx = reference::max_pool2d_gradient(c.x, gradient, c.kernel, c.options);
  for (const bool masked : {false, true}) {
    for (Index i = 0; masked && i < c.x.numel(); i++) {
      if (x.data()[i] <= 0) expected_dx.mutable_data()[i] = 0;
    }
    kernels::max_pool_backward(shape, x.data(), dy.data(), masked, dx.data());
    CHECK_CLOSE(Tensor::from(c.x.shape(), dx.values()), expected_dx);
  }
  for (const Guarded* buffer : {&x, &dy, &y, &dx}) CHECK(buffer->intact());
}

// In guarded buffers, the sums of each window in the order of the textbook.
void check_average(const PoolingCase& c, bool count_padding, bool offset) {
  const AvgPool2dOptions options{c.options.stride, c.options.padding, c.options.ceil_mode, count_padding};
  const Tensor expected = reference::avg_pool2d(c.x, c.kernel, options);
  const Tensor gradient = reel_test::uniform(expected.shape());
  const Pooling shape = pooling(c, expected.shape(), 1);
  const Guarded x(c.x.values(), offset), dy(gradient.values(), offset), y(expected.numel(), offset),
      dx(c.x.numel(), offset);
  kernels::avg_pool_forward(shape, count_padding, x.data(), y.data());
  kernels::avg_pool_backward(shape, count_padding, dy.data(), dx.data());
  CHECK_CLOSE(Tensor::from(expected.shape(), y.values()), expected);
  CHECK_CLOSE(Tensor::from(c.x.shape(), dx.values()),
              reference::avg_pool2d_gradient(c.x, gradient, c.kernel, options));
  for (const Guarded* buffer : {&x, &dy, &y, &dx}) CHECK(buffer->intact());
}

}  // namespace

TEST_CASE("Pooling agrees with the textbook's on a thousand shapes") {
  reel_test::Draw draw(5);
  for (int i = 0; i < 1000; i++) {
    CAPTURE(i);
    const PoolingCase c = draw_pooling(draw);
    check_max(c, i % 2);
    check_average(c, draw(0, 1), i % 2);
  }
}

TEST_CASE("Halving by the maximum: even and odd sizes, equal numbers, NaN and infinity") {
  reel_test::Draw draw(6);
  for (int i = 0; i < 300; i++) {
    CAPTURE(i);
    PoolingCase c{2, {.stride = 2}, Tensor::uninitialized({2, 2, draw(2, 9), draw(2, 40)})};
    for (Scalar& v : c.x.mutable_values()) v = static_cast<Scalar>(draw(-4, 4));
    if (i % 2) c.x.set(0, 0, draw(0, 1), draw(0, 1), std::numeric_limits<Scalar>::quiet_NaN());
    if (i % 3) c.x.set(1, 1, draw(0, 1), draw(0, 1), -std::numeric_limits<Scalar>::infinity());
    check_max(c, i % 2);
  }
}

TEST_CASE(
    "Windows side by side: rows of several vectors, overlaps, equal numbers, NaN, infinity and padding") {
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  reel_test::Draw draw(7);
  for (int i = 0; i < 400; i++) {
    CAPTURE(i);
    PoolingCase c{Size2(draw(1, 5), draw(1, 5)), {}, {}};
    c.options.stride = Size2(draw(1, 3), draw(1, 2));
    c.options.padding = {draw(0, c.kernel.h / 2), draw(0, c.kernel.h / 2), draw(0, c.kernel.w / 2),
                         draw(0, c.kernel.w / 2)};
    c.options.ceil_mode = draw(0, 1);
    c.x = Tensor::uninitialized({1, draw(1, 3), draw(5, 9), draw(6, 90)});
    for (Scalar& v : c.x.mutable_values()) v = static_cast<Scalar>(draw(-4, 4));
    check_average(c, draw(0, 1), i % 2);
    for (Scalar& v : c.x.mutable_values()) {
      if (draw(0, 9) == 0) v = draw(0, 1) ? -kInfinity : std::numeric_limits<Scalar>::quiet_NaN();
    }
    if (i % 4 == 0) c.x.fill(-kInfinity);  // the first cell that is no padding wins
    c.options.dilation = Size2(1, c.x.size(3) > 2 * c.kernel.w ? draw(1, 2) : 1);
    check_max(c, i % 2);
  }
}

TEST_CASE("Pooling has the same bits at any thread count") {
  const Tensor x = reel_test::uniform({40, 6, 28, 28}), dy = reel_test::uniform({40, 6, 14, 14});
  const Pooling shape{240, 28, 28, 14, 14, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0};
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::max_pool_backward(shape, x.data(), dy.data(), false, dx.mutable_data());
    return dx;
  }));
  const Pooling overlapping{240, 28, 28, 14, 14, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1};
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::max_pool_backward(overlapping, x.data(), dy.data(), false, dx.mutable_data());
    return dx;
  }));
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::avg_pool_backward(overlapping, true, dy.data(), dx.mutable_data());
    return dx;
  }));
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tensor y = Tensor::uninitialized({40, 6, 1, 1});
    kernels::plane_means(x.data(), 240, 784, y.mutable_data());
    return y;
  }));
}
