// The functions of two numbers, each compiled for the usual inner strides.
#include <reel/core/kernels/detail/broadcast.h>

#include <functional>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// The inner strides are compile-time numbers where they are 0 or 1, so that the loop is vectorised.
template <class F>
void binary_row(F f, Scalar* y, const Scalar* a, const Scalar* b, Index n, Index a_stride, Index b_stride) {
  if (a_stride == 1 && b_stride == 1) {
    for (Index i = 0; i < n; i++) y[i] = f(a[i], b[i]);
  } else if (a_stride == 1 && b_stride == 0) {
    const Scalar b0 = *b;
    for (Index i = 0; i < n; i++) y[i] = f(a[i], b0);
  } else if (a_stride == 0 && b_stride == 1) {
    const Scalar a0 = *a;
    for (Index i = 0; i < n; i++) y[i] = f(a0, b[i]);
  } else {
    for (Index i = 0; i < n; i++) y[i] = f(a[i * a_stride], b[i * b_stride]);
  }
}

template <class F>
void run(F f, Scalar* y, const Scalar* a, const Scalar* b, const StridedLoop<2>& loop) {
  const auto [a_stride, b_stride] = loop.inner();
  loop.parallel_rows([=, a_step = a_stride, b_step = b_stride](Index position, const auto& offsets, Index n) {
    binary_row(f, y + position, a + offsets[0], b + offsets[1], n, a_step, b_step);
  });
}

}  // namespace

void binary(Binary f, Scalar* y, const Scalar* a, const Scalar* b, const StridedLoop<2>& loop) {
  switch (f) {
    case Binary::kAdd:
      return run(std::plus<Scalar>(), y, a, b, loop);
    case Binary::kSub:
      return run(std::minus<Scalar>(), y, a, b, loop);
    case Binary::kMul:
      return run(std::multiplies<Scalar>(), y, a, b, loop);
    case Binary::kDiv:
      return run(std::divides<Scalar>(), y, a, b, loop);
    case Binary::kEqual:
      return run([](Scalar p, Scalar q) { return p == q ? Scalar(1) : Scalar(0); }, y, a, b, loop);
    case Binary::kMaximum:
      return run([](Scalar p, Scalar q) { return p > q || p != p ? p : q; }, y, a, b, loop);
    case Binary::kMinimum:
      return run([](Scalar p, Scalar q) { return p < q || p != p ? p : q; }, y, a, b, loop);
    case Binary::kShare:
      return run([](Scalar p, Scalar q) { return p < q    ? 0
                                                 : p == q ? Scalar(0.5)
                                                          : Scalar(1); }, y, a, b,
                 loop);
    case Binary::kPassed:
      return run([](Scalar p, Scalar q) { return q == 0 ? 0 : p * q; }, y, a, b, loop);
  }
}

void where(Scalar* y, const Scalar* condition, const Scalar* a, const Scalar* b, const StridedLoop<3>& loop) {
  const auto [c_step, a_step, b_step] = loop.inner();
  loop.parallel_rows(
      [=, dc = c_step, da = a_step, db = b_step](Index position, const auto& offsets, Index n) {
        const Scalar *c = condition + offsets[0], *p = a + offsets[1], *q = b + offsets[2];
        Scalar* row = y + position;
        for (Index i = 0; i < n; i++) row[i] = c[i * dc] != 0 ? p[i * da] : q[i * db];
      });
}

}  // namespace reel::inline REEL_PRECISION::kernels
