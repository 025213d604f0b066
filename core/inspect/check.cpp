#include <reel/core/inspect/check.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr double kPrecision = std::numeric_limits<Scalar>::epsilon();
constexpr double kDigits = std::numeric_limits<Scalar>::digits10;
constexpr std::string_view kScalarName = sizeof(Scalar) == sizeof(double) ? "double" : "float";

std::vector<Index> choices(const Trace& trace, std::size_t node, std::span<const Tensor> values) {
  std::vector<Tensor> inputs;
  for (const std::size_t input : trace.nodes()[node].inputs) inputs.push_back(values[input]);
  return trace.op(node)->choices(inputs);
}

std::vector<Flips> count_flips(const Trace& trace, std::span<const Tensor> below,
                               std::span<const Tensor> above) {
  std::vector<Tensor> middle;
  for (std::size_t i = 0; i < trace.nodes().size(); i++) middle.push_back(trace.value(i));
  std::vector<Flips> result;
  for (std::size_t i = 0; i < middle.size(); i++) {
    if (!trace.op(i)) continue;
    const std::vector<Index> a = choices(trace, i, below), b = choices(trace, i, middle),
                             c = choices(trace, i, above);
    Index count = 0;
    for (std::size_t k = 0; k < b.size(); k++) count += a[k] != b[k] || b[k] != c[k];
    if (count > 0) result.push_back({i, count});
  }
  return result;
}

std::optional<double> analytic_gradient(const Trace& trace, std::size_t node, Index element) {
  const Tensor grad = trace.grad(node);
  return grad.defined() ? std::optional<double>(grad.data()[element]) : std::nullopt;
}

}  // namespace

CheckResult check(const Trace& trace, std::size_t node, Index element, double h) {
  const double x = trace.number(trace.value_event(node), element);
  if (h == 0) h = std::cbrt(kPrecision) * std::max(1.0, std::abs(x));
  const std::vector<Tensor> below = trace.values_with({node, element, x - h});
  const std::vector<Tensor> above = trace.values_with({node, element, x + h});
  const auto moved = [&](const std::vector<Tensor>& values) -> double {
    return std::as_const(values[node]).data()[element];
  };
  const auto loss = [&](const std::vector<Tensor>& values) -> double { return values[trace.loss()].item(); };
  const double distance = moved(above) - moved(below);
  if (distance == 0) {
    throw Error(fmt::format("check: a step of {:g} is lost in {:g}, whose neighbours in {} are farther away",
                            h, x, kScalarName));
  }
  const double numeric = (loss(above) - loss(below)) / distance;
  const double largest = std::max(std::abs(loss(above)), std::abs(loss(below)));
  const double rounding = kPrecision * largest / std::abs(distance);
  const double digits = std::floor(std::log10(std::abs(numeric) / rounding));
  return {.analytic = analytic_gradient(trace, node, element),
          .numeric = numeric,
          .h = distance / 2,
          .rounding = rounding,
          .digits = digits > 0 ? static_cast<int>(std::min(digits, kDigits)) : 0,
          .flips = count_flips(trace, below, above)};
}

Index CheckResult::flip_count() const {
  Index count = 0;
  for (const Flips& op : flips) count += op.count;
  return count;
}

std::string CheckResult::text() const {
  const std::string backward = analytic ? fmt::format("{:.10g}", *analytic) : "gives no gradient";
  std::string result = fmt::format("backward {}, differences {:.10g} (h = {:.1e}): {} vouches for {} digits",
                                   backward, numeric, h, kScalarName, digits);
  if (const Index count = flip_count(); count > 0) {
    result += fmt::format("; {} flip{}: a kink, not a bug", count, count == 1 ? "" : "s");
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION::inspect
