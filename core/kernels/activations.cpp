#include <reel/core/kernels/detail/activations.h>

#include <cmath>
#include <numbers>

#include <reel/core/kernels/detail/epilogue.h>
#include <reel/core/kernels/detail/math.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Each function: value(x), and the gradient dy f' from what it derives from. A comparison is written so that
// a NaN takes the branch that keeps it.
struct FromInput {
  static constexpr bool kFromOutput = false;
};
struct FromOutput {
  static constexpr bool kFromOutput = true;
};

Scalar logistic(Scalar x) { return 1 / (1 + fast_exp(-x)); }

struct Relu : FromOutput {
  Scalar value(Scalar x) const { return relu(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return masked(dy, y); }
};

struct LeakyRelu : FromInput {
  Scalar slope;
  Scalar value(Scalar x) const { return x > 0 ? x : slope * x; }
  Scalar gradient(Scalar dy, Scalar x) const { return x > 0 ? dy : slope * dy; }
};

struct Gelu : FromInput {
  // The standard normal distribution function.
  static Scalar cdf(Scalar x) { return (1 + fast_erf(x / std::numbers::sqrt2_v<Scalar>)) / 2; }
  Scalar value(Scalar x) const { return x * cdf(x); }
  Scalar gradient(Scalar dy, Scalar x) const {
    constexpr Scalar kDensityAt0 = std::numbers::inv_sqrtpi_v<Scalar> / std::numbers::sqrt2_v<Scalar>;
    return dy * (cdf(x) + x * kDensityAt0 * fast_exp(-x * x / 2));
  }
};

struct Silu : FromInput {
  Scalar value(Scalar x) const { return x / (1 + fast_exp(-x)); }
  Scalar gradient(Scalar dy, Scalar x) const {
    const Scalar s = logistic(x);
    return dy * s * (1 + x * (1 - s));
  }
};

struct Sigmoid : FromOutput {
  Scalar value(Scalar x) const { return logistic(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * y * (1 - y); }
};

struct Tanh : FromOutput {
  Scalar value(Scalar x) const { return fast_tanh(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * (1 - y * y); }
};

struct Exp : FromOutput {
  Scalar value(Scalar x) const { return fast_exp(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * y; }
};

struct Log : FromInput {
  Scalar value(Scalar x) const { return std::log(x); }
  Scalar gradient(Scalar dy, Scalar x) const { return dy / x; }
};

struct Sqrt : FromOutput {
  Scalar value(Scalar x) const { return std::sqrt(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy / (2 * y); }
};

struct Pow : FromInput {
  Scalar exponent;
  // x^0.5 is the square root also at -0 and -infinity, where std::pow gives 0 and infinity.
  static Scalar power(Scalar x, Scalar exponent) {
    if (exponent == Scalar(0.5)) return std::sqrt(x);
    if (exponent == Scalar(-0.5)) return 1 / std::sqrt(x);
    return std::pow(x, exponent);
  }
  Scalar value(Scalar x) const { return power(x, exponent); }
  // x^0 is constant also at 0, where 0 * 0^-1 would be NaN.
  Scalar gradient(Scalar dy, Scalar x) const {
    return exponent == 0 ? 0 : dy * (exponent * power(x, exponent - 1));
  }
};

struct Abs : FromInput {
  Scalar value(Scalar x) const { return std::abs(x); }
  Scalar gradient(Scalar dy, Scalar x) const { return dy * static_cast<Scalar>((x > 0) - (x < 0)); }
};

struct Clamp : FromInput {
  Scalar low, high;
  Scalar value(Scalar x) const { return x < low ? low : x > high ? high : x; }
  Scalar gradient(Scalar dy, Scalar x) const { return x > low && x < high ? dy : 0; }
};

// Calls visit with the function's struct.
template <class Visitor>
auto dispatch(const Activation& f, Visitor visit) {
  switch (f.function) {
    case Function::kRelu:
      return visit(Relu{});
    case Function::kLeakyRelu:
      return visit(LeakyRelu{{}, f.a});
    case Function::kGelu:
      return visit(Gelu{});
    case Function::kSilu:
      return visit(Silu{});
    case Function::kSigmoid:
      return visit(Sigmoid{});
    case Function::kTanh:
      return visit(Tanh{});
    case Function::kExp:
      return visit(Exp{});
    case Function::kLog:
      return visit(Log{});
    case Function::kSqrt:
      return visit(Sqrt{});
    case Function::kPow:
      return visit(Pow{{}, f.a});
    case Function::kAbs:
      return visit(Abs{});
    case Function::kClamp:
      break;
  }
  return visit(Clamp{{}, f.a, f.b});
}

// Elements a piece: some ten microseconds of the cheap ones (memory) and of the others (a library call each).
Index grain(Function function) {
  const bool cheap = function == Function::kRelu || function == Function::kLeakyRelu ||
                     function == Function::kAbs || function == Function::kClamp ||
                     function == Function::kSqrt;
  return cheap ? 16384 : 2048;
}

}  // namespace

bool derives_from_output(Function function) {
  return dispatch({function}, [](auto f) { return f.kFromOutput; });
}

void activate(const Activation& activation, Scalar* y, const Scalar* x, Index n) {
  dispatch(activation, [=](auto f) {
    parallel_for(n, grain(activation.function), [=](Index begin, Index end) {
      for (Index i = begin; i < end; i++) y[i] = f.value(x[i]);
    });
  });
}

void activate_gradient(const Activation& activation, Scalar* dx, const Scalar* dy, const Scalar* saved,
                       Index n) {
  dispatch(activation, [=](auto f) {
    parallel_for(n, grain(activation.function), [=](Index begin, Index end) {
      for (Index i = begin; i < end; i++) dx[i] = f.gradient(dy[i], saved[i]);
    });
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
