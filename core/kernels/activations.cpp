// One struct for each function, and the table of them.
#include <reel/core/kernels/detail/activations.h>

#include <cmath>
#include <numbers>

#include <reel/core/kernels/detail/epilogue.h>
#include <reel/core/kernels/detail/math.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Each function: value(x), and the gradient dy f' from what it derives from, in code and in words. A
// comparison is written so that a NaN takes the branch that keeps it.
struct FunctionOf {
  Scalar a = 0, b = 0;  // its constants
  static constexpr bool kFromOutput = false, kIsGate = false, kIsCheap = false;
  static constexpr std::string_view kConstants[2] = {}, kOnnxType = {}, kOnnxAttributes[2] = {};
};
// The derivative is computed from y.
struct FromOutput : FunctionOf {
  static constexpr bool kFromOutput = true;
};

// On which side of its kinks x is.
int side_of(Scalar x, Scalar low, Scalar high) { return (x > high) - (x < low); }

Scalar logistic(Scalar x) { return 1 / (1 + fast_exp(-x)); }

struct Relu : FromOutput {
  static constexpr std::string_view kName = "relu", kValue = "0 where x < 0, else x",
                                    kDerivative = "0 where x <= 0, else 1", kOnnxType = "Relu";
  static constexpr bool kIsGate = true, kIsCheap = true;
  Scalar value(Scalar x) const { return relu(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return masked(dy, y); }
  int side(Scalar x) const { return side_of(x, 0, 0); }
};

struct LeakyRelu : FunctionOf {
  static constexpr std::string_view kName = "leaky_relu", kValue = "x where x > 0, else x negative_slope",
                                    kDerivative = "1 where x > 0, else negative_slope",
                                    kConstants[2] = {"negative_slope"}, kOnnxType = "LeakyRelu",
                                    kOnnxAttributes[2] = {"alpha"};
  static constexpr bool kIsCheap = true;
  Scalar value(Scalar x) const { return x > 0 ? x : a * x; }
  Scalar gradient(Scalar dy, Scalar x) const { return x > 0 ? dy : a * dy; }
  int side(Scalar x) const { return side_of(x, 0, 0); }
};

struct Gelu : FunctionOf {
  static constexpr std::string_view kName = "gelu", kValue = "x Phi(x)", kDerivative = "Phi(x) + x phi(x)";
  // The standard normal distribution function.
  static Scalar cdf(Scalar x) { return (1 + fast_erf(x / std::numbers::sqrt2_v<Scalar>)) / 2; }
  Scalar value(Scalar x) const { return x * cdf(x); }
  Scalar gradient(Scalar dy, Scalar x) const {
    constexpr Scalar kDensityAt0 = std::numbers::inv_sqrtpi_v<Scalar> / std::numbers::sqrt2_v<Scalar>;
    return dy * (cdf(x) + x * kDensityAt0 * fast_exp(-x * x / 2));
  }
};

struct Silu : FunctionOf {
  static constexpr std::string_view kName = "silu", kValue = "x sigmoid(x)",
                                    kDerivative = "s (1 + x (1 - s)), s = sigmoid(x)";
  Scalar value(Scalar x) const { return x / (1 + fast_exp(-x)); }
  Scalar gradient(Scalar dy, Scalar x) const {
    const Scalar s = logistic(x);
    return dy * s * (1 + x * (1 - s));
  }
};

struct Sigmoid : FromOutput {
  static constexpr std::string_view kName = "sigmoid", kValue = "1 / (1 + exp(-x))",
                                    kDerivative = "y (1 - y)", kOnnxType = "Sigmoid";
  Scalar value(Scalar x) const { return logistic(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * y * (1 - y); }
};

struct Tanh : FromOutput {
  static constexpr std::string_view kName = "tanh", kValue = "tanh(x)", kDerivative = "1 - y^2",
                                    kOnnxType = "Tanh";
  Scalar value(Scalar x) const { return fast_tanh(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * (1 - y * y); }
};

struct Exp : FromOutput {
  static constexpr std::string_view kName = "exp", kValue = "exp(x)", kDerivative = "y", kOnnxType = "Exp";
  Scalar value(Scalar x) const { return fast_exp(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy * y; }
};

struct Log : FunctionOf {
  static constexpr std::string_view kName = "log", kValue = "log(x)", kDerivative = "1 / x",
                                    kOnnxType = "Log";
  Scalar value(Scalar x) const { return fast_log(x); }
  Scalar gradient(Scalar dy, Scalar x) const { return dy / x; }
};

struct Sqrt : FromOutput {
  static constexpr std::string_view kName = "sqrt", kValue = "sqrt(x)", kDerivative = "1 / (2 y)",
                                    kOnnxType = "Sqrt";
  static constexpr bool kIsCheap = true;
  Scalar value(Scalar x) const { return std::sqrt(x); }
  Scalar gradient(Scalar dy, Scalar y) const { return dy / (2 * y); }
};

struct Pow : FunctionOf {
  static constexpr std::string_view kName = "pow", kValue = "x^exponent",
                                    kDerivative = "exponent x^(exponent - 1)", kConstants[2] = {"exponent"},
                                    kOnnxType = "Pow";
  // x^0.5 is the square root also at -0 and -infinity, where std::pow gives 0 and infinity.
  static Scalar power(Scalar x, Scalar exponent) {
    if (exponent == Scalar(0.5)) return std::sqrt(x);
    if (exponent == Scalar(-0.5)) return 1 / std::sqrt(x);
    return std::pow(x, exponent);
  }
  Scalar value(Scalar x) const { return power(x, a); }
  // x^0 is constant also at 0, where 0 * 0^-1 would be NaN.
  Scalar gradient(Scalar dy, Scalar x) const { return a == 0 ? 0 : dy * (a * power(x, a - 1)); }
};

struct Softplus : FunctionOf {
  static constexpr std::string_view kName = "softplus",
                                    kValue = "x where beta x > threshold, else log1p(exp(beta x)) / beta",
                                    kDerivative = "1 where beta x > threshold, else sigmoid(beta x)",
                                    kConstants[2] = {"beta", "threshold"};
  Scalar value(Scalar x) const { return a * x > b ? x : fast_log1p(fast_exp(a * x)) / a; }
  Scalar gradient(Scalar dy, Scalar x) const { return a * x > b ? dy : dy * logistic(a * x); }
  int side(Scalar x) const { return side_of(a * x, b, b); }
};

struct Elu : FunctionOf {
  static constexpr std::string_view kName = "elu", kValue = "alpha (exp(x) - 1) where x < 0, else x",
                                    kDerivative = "alpha exp(x) where x <= 0, else 1",
                                    kConstants[2] = {"alpha"}, kOnnxType = "Elu",
                                    kOnnxAttributes[2] = {"alpha"};
  Scalar value(Scalar x) const { return x < 0 ? a * std::expm1(x) : x; }
  Scalar gradient(Scalar dy, Scalar x) const { return x <= 0 ? dy * (a * fast_exp(x)) : dy; }
  int side(Scalar x) const { return side_of(x, 0, 0); }
};

struct Hardswish : FunctionOf {
  static constexpr std::string_view kName = "hardswish", kValue = "x relu6(x + 3) / 6",
                                    kDerivative = "0 where x <= -3, (2 x + 3) / 6 where x < 3, else 1",
                                    kOnnxType = "HardSwish";
  static constexpr bool kIsCheap = true;
  static Scalar relu6(Scalar x) { return x < 0 ? 0 : x > 6 ? 6 : x; }
  Scalar value(Scalar x) const { return x * relu6(x + 3) / 6; }
  Scalar gradient(Scalar dy, Scalar x) const { return x <= -3 ? 0 : x < 3 ? dy * ((2 * x + 3) / 6) : dy; }
  int side(Scalar x) const { return side_of(x, -3, 3); }
};

struct Mish : FunctionOf {
  static constexpr std::string_view kName = "mish", kValue = "x tanh(log1p(exp(x)))",
                                    kDerivative =
                                        "t + x s (1 - t^2), t = tanh(log1p(exp(x))), s = sigmoid(x)";
  static Scalar gate(Scalar x) { return fast_tanh(fast_log1p(fast_exp(x))); }
  Scalar value(Scalar x) const { return x * gate(x); }
  Scalar gradient(Scalar dy, Scalar x) const {
    const Scalar t = gate(x);
    return dy * (t + x * logistic(x) * (1 - t * t));
  }
};

struct Abs : FunctionOf {
  static constexpr std::string_view kName = "abs", kValue = "abs(x)", kDerivative = "sign(x)",
                                    kOnnxType = "Abs";
  static constexpr bool kIsCheap = true;
  Scalar value(Scalar x) const { return std::abs(x); }
  Scalar gradient(Scalar dy, Scalar x) const { return dy * static_cast<Scalar>(side(x)); }
  int side(Scalar x) const { return side_of(x, 0, 0); }
};

struct Clamp : FunctionOf {
  static constexpr std::string_view kName = "clamp",
                                    kValue = "low where x < low, high where x > high, else x",
                                    kDerivative = "1 where low < x < high", kConstants[2] = {"low", "high"},
                                    kOnnxType = "Clip";
  static constexpr bool kIsCheap = true;
  Scalar value(Scalar x) const { return x < a ? a : x > b ? b : x; }
  Scalar gradient(Scalar dy, Scalar x) const { return x > a && x < b ? dy : 0; }
  int side(Scalar x) const { return side_of(x, a, b); }
};

// Elements a piece: some ten microseconds of the cheap ones (memory) and of the others (a library call each).
template <class F>
constexpr Index kGrain = F::kIsCheap ? 16384 : 2048;

template <class F>
F with(Constants constants) {
  F f;
  f.a = constants.a;
  f.b = constants.b;
  return f;
}

template <class F>
constexpr Function row() {
  Function row{.name = F::kName,
               .value = F::kValue,
               .derivative = F::kDerivative,
               .constants = {F::kConstants[0], F::kConstants[1]},
               .onnx_type = F::kOnnxType,
               .onnx_attributes = {F::kOnnxAttributes[0], F::kOnnxAttributes[1]},
               .derives_from_output = F::kFromOutput,
               .is_gate = F::kIsGate,
               .activate =
                   [](Constants constants, Scalar* y, const Scalar* x, Index n) {
                     parallel_for(n, kGrain<F>, [=, f = with<F>(constants)](Index begin, Index end) {
                       for (Index i = begin; i < end; i++) y[i] = f.value(x[i]);
                     });
                   },
               .gradient =
                   [](Constants constants, Scalar* dx, const Scalar* dy, const Scalar* saved, Index n) {
                     parallel_for(n, kGrain<F>, [=, f = with<F>(constants)](Index begin, Index end) {
                       for (Index i = begin; i < end; i++) dx[i] = f.gradient(dy[i], saved[i]);
                     });
                   }};
  if constexpr (requires(F f) { f.side(Scalar()); }) {
    row.side = [](Constants constants, Scalar x) { return with<F>(constants).side(x); };
  }
  return row;
}

template <class F>
constinit const Function kRow = row<F>();

}  // namespace

namespace functions {
const Function& relu() { return kRow<Relu>; }
const Function& leaky_relu() { return kRow<LeakyRelu>; }
const Function& gelu() { return kRow<Gelu>; }
const Function& silu() { return kRow<Silu>; }
const Function& sigmoid() { return kRow<Sigmoid>; }
const Function& tanh() { return kRow<Tanh>; }
const Function& exp() { return kRow<Exp>; }
const Function& log() { return kRow<Log>; }
const Function& sqrt() { return kRow<Sqrt>; }
const Function& pow() { return kRow<Pow>; }
const Function& abs() { return kRow<Abs>; }
const Function& clamp() { return kRow<Clamp>; }
const Function& softplus() { return kRow<Softplus>; }
const Function& elu() { return kRow<Elu>; }
const Function& hardswish() { return kRow<Hardswish>; }
const Function& mish() { return kRow<Mish>; }
}  // namespace functions

}  // namespace reel::inline REEL_PRECISION::kernels
