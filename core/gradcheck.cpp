// Five-point differences of every element, along one random direction of the result.
#include <reel/core/gradcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <reel/core/option_check.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION {
namespace {

using GradcheckFunction = std::function<Var(std::span<const Var>)>;

// Numeric gradients below this are rounding: no relative error can be asked of them.
constexpr double kNoGradient = sizeof(Scalar) == sizeof(double) ? 1e-9 : 1e-3;

Tensor random_tensor(const Shape& shape, RandomStream stream) {
  Tensor t = Tensor::uninitialized(shape);
  stream.fill_normal(t.mutable_values(), 0, 1);
  return t;
}

Var run(const GradcheckFunction& f, Tape& tape, std::vector<Parameter>& parameters) {
  std::vector<Var> vars;
  vars.reserve(parameters.size());
  for (Parameter& parameter : parameters) vars.push_back(tape.parameter(parameter));
  return f(vars);
}

// What backward adds to gradients that hold numbers before.
std::vector<Tensor> analytic_gradients(const GradcheckFunction& f, std::vector<Parameter>& parameters,
                                       std::uint64_t seed) {
  std::vector<Tensor> before;
  for (Parameter& parameter : parameters) {
    before.push_back(random_tensor(parameter.value.shape(), {seed, 1 + before.size()}));
    parameter.grad = before.back().clone();
  }
  Tape tape;
  const Var y = run(f, tape, parameters);
  tape.backward(y, random_tensor(y.shape(), {seed, 0}));
  for (std::size_t i = 0; i < parameters.size(); i++) {
    const Tensor& grad = parameters[i].grad;
    std::transform(grad.values().begin(), grad.values().end(), before[i].values().begin(),
                   before[i].mutable_values().begin(), std::minus<>());
    parameters[i].grad = Tensor();
  }
  return before;
}

// Moves one element of a parameter and evaluates f.
class CentralDifferences {
 public:
  CentralDifferences(const GradcheckFunction& f, std::vector<Parameter>& parameters,
                     const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options) {}

  double at(std::size_t input, Index element) {
    Scalar& x = parameters_[input].value.mutable_data()[element];
    const Scalar middle = x;
    const double h = options_.step * std::max(1.0, std::abs(static_cast<double>(middle)));
    const auto value = [&](double offset) {
      x = static_cast<Scalar>(middle + offset);
      return evaluate();
    };
    const Tensor plus = value(h), minus = value(-h), plus2 = value(2 * h), minus2 = value(-2 * h);
    x = middle;
    const Tensor r = random_tensor(plus.shape(), {options_.seed, 0});
    // Differences first, the projection after: what does not depend on x cancels exactly.
    const auto difference = [](const Tensor& a, const Tensor& b, std::size_t i) {
      return static_cast<double>(a.values()[i]) - static_cast<double>(b.values()[i]);
    };
    double sum = 0;
    for (std::size_t i = 0; i < r.values().size(); i++) {
      const double d = 8 * difference(plus, minus, i) - difference(plus2, minus2, i);
      sum += static_cast<double>(r.values()[i]) * d;
    }
    return sum / (12 * h);
  }

 private:
  Tensor evaluate() {
    set_generator_state(generator_.before());
    Tape tape({.record = false});
    return run(f_, tape, parameters_).value().clone();  // it may share the storage that changes next
  }

  const GradcheckFunction& f_;
  std::vector<Parameter>& parameters_;
  const GradcheckOptions& options_;
  GeneratorGuard generator_;
};

// The worst element of one input.
GradcheckResult compare(std::size_t input, const Tensor& analytic, const std::vector<double>& numeric) {
  GradcheckResult worst{.input = input};
  double largest = 0;
  for (std::size_t i = 0; i < numeric.size(); i++) {
    const double a = static_cast<double>(analytic.values()[i]), b = numeric[i];
    const double difference =
        std::isfinite(a) && std::isfinite(b) ? std::abs(a - b) : std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(b));
    if (i == 0 || difference > worst.error)
      worst = {
          .error = difference, .input = input, .element = static_cast<Index>(i), .analytic = a, .numeric = b};
  }
  if (std::isfinite(worst.error) && largest > kNoGradient) worst.error /= largest;
  return worst;
}

}  // namespace

GradcheckResult gradcheck(const GradcheckFunction& f, Located<std::span<const Tensor>> inputs,
                          GradcheckOptions options) {
  OptionCheck("gradcheck", inputs.where).positive("step", options.step);
  std::vector<Parameter> parameters;
  for (const Tensor& input : inputs)
    parameters.push_back({.name = fmt::format("input {}", parameters.size()), .value = input.clone()});
  CentralDifferences differences(f, parameters, options);
  const std::vector<Tensor> analytic = analytic_gradients(f, parameters, options.seed);
  GradcheckResult worst;
  for (std::size_t input = 0; input < inputs.size(); input++) {
    std::vector<double> numeric;
    for (Index i = 0; i < inputs[input].numel(); i++) numeric.push_back(differences.at(input, i));
    const GradcheckResult result = compare(input, analytic[input], numeric);
    if (input == 0 || result.error > worst.error) worst = result;
  }
  return worst;
}

std::string GradcheckResult::text() const {
  return fmt::format(
      "gradcheck: error {:.1e} at element {} of input {}: backward gives {:.10g}, differences give {:.10g}",
      error, element, input, analytic, numeric);
}

}  // namespace reel::inline REEL_PRECISION
