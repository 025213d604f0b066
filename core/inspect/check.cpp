// Runs the step again with one number moved down and up, and with half of that step.
#include <reel/core/inspect/check.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr double kPrecision = std::numeric_limits<Scalar>::epsilon();
constexpr double kDigits = std::numeric_limits<Scalar>::digits10;
constexpr std::string_view kScalarName = sizeof(Scalar) == sizeof(double) ? "double" : "float";

bool shares(const Tensor& a, const Tensor& b) { return a.data() == b.data(); }

// How many of an op's choices are not the same with three sets of inputs.
Index count_flips(const Op& op, const OpFacts& facts, std::span<const Tensor> below,
                  std::span<const Tensor> middle, std::span<const Tensor> above) {
  if (!facts.choices) return 0;
  const std::vector<Index> a = facts.choices(below), b = facts.choices(middle), c = facts.choices(above);
  if (a.size() != b.size() || c.size() != b.size()) {
    throw Error(fmt::format("{}: its choices are {}, {} and {} in number for inputs of the same shapes",
                            op.name(), a.size(), b.size(), c.size()));
  }
  Index count = 0;
  for (std::size_t k = 0; k < b.size(); k++) count += a[k] != b[k] || b[k] != c[k];
  return count;
}

// Of the ops that the moved number reaches: values that it does not reach are shared.
std::vector<Flips> find_flips(const Trace& trace, std::span<const Tensor> below,
                              std::span<const Tensor> above) {
  std::vector<Flips> result;
  for (std::size_t i = 0; i < trace.nodes().size(); i++) {
    std::vector<Tensor> low, middle, high;
    bool moved = false;
    for (const std::size_t input : trace.nodes()[i].inputs) {
      low.push_back(below[input]);
      middle.push_back(trace.value(input));
      high.push_back(above[input]);
      moved = moved || !shares(low.back(), middle.back());
    }
    if (!moved) continue;
    const Index count = count_flips(*trace.op(i), trace.facts(i), low, middle, high);
    if (count > 0) result.push_back({i, count});
  }
  return result;
}

std::optional<double> analytic_gradient(const Trace& trace, std::size_t node, Index element) {
  const Tensor grad = trace.grad(node);
  return grad.defined() ? std::optional<double>(grad.data()[element]) : std::nullopt;
}

struct Slope {
  double value, rounding;
};

// The losses with a number moved down and up.
struct SideDifference {
  std::vector<Tensor> low, high;  // all values
  double below, above, distance;

  SideDifference(const Trace& trace, std::size_t node, Index element, double x, double h)
      : low(trace.values_with({node, element, x - h})), high(trace.values_with({node, element, x + h})) {
    const auto moved = [&](const std::vector<Tensor>& values) -> double {
      return values[node].data()[element];
    };
    below = low[trace.loss()].item();
    above = high[trace.loss()].item();
    distance = moved(high) - moved(low);
  }

  Slope slope() const {
    const double largest = std::max(std::abs(above), std::abs(below));
    return {(above - below) / distance, kPrecision * largest / std::abs(distance)};
  }
};

// What the curvature of the loss adds to the slope: the error falls to a quarter with half of the step, so
// that the two slopes differ by three quarters of it. 0 where rounding explains the difference.
double curvature_error(const Slope& whole, const Slope& half) {
  const double difference = std::abs(whole.value - half.value);
  return difference > whole.rounding + half.rounding ? difference * 4 / 3 : 0;
}

int digits_of(double number, double error) {
  const double digits = std::floor(std::log10(std::abs(number) / error));
  return digits > 0 ? static_cast<int>(std::min(digits, kDigits)) : 0;
}

std::string number_of(double number) { return number_text(number, 10); }

}  // namespace

CheckResult check(const Trace& trace, std::size_t node, Index element, double h) {
  const double x = trace.number(trace.value_event(node), element);
  if (h == 0) h = std::cbrt(kPrecision) * std::max(1.0, std::abs(x));
  const Slope half = SideDifference(trace, node, element, x, h / 2).slope();
  const SideDifference whole(trace, node, element, x, h);
  if (whole.distance == 0) {
    throw Error(say("check: a step of {:g} is lost in {:g}, whose neighbours in {} are farther away", h, x,
                    kScalarName));
  }
  const Slope slope = whole.slope();
  CheckResult result{.analytic = analytic_gradient(trace, node, element),
                     .numeric = slope.value,
                     .h = whole.distance / 2,
                     .below = whole.below,
                     .above = whole.above,
                     .rounding = slope.rounding,
                     .curvature = curvature_error(slope, half),
                     .digits = 0,
                     .flips = find_flips(trace, whole.low, whole.high)};
  if (result.flips.empty()) result.digits = digits_of(slope.value, slope.rounding + result.curvature);
  return result;
}

Index CheckResult::flip_count() const {
  Index count = 0;
  for (const Flips& op : flips) count += op.count;
  return count;
}

// Rounding is estimated by that of one operation, and the gradient beside it was rounded as well.
double CheckResult::tolerance() const { return 10 * (rounding + curvature + kPrecision * std::abs(numeric)); }

int CheckResult::equal_digits() const {
  const double apart = std::abs(analytic.value() - numeric);
  return apart <= tolerance() ? digits : std::min(digits, digits_of(numeric, apart));
}

std::string CheckResult::text() const {
  const std::string result =
      say("backward {}, differences {} (h = {})", analytic ? number_of(*analytic) : say("gives no gradient"),
          number_of(numeric), number_text(h, 2));
  for (const double loss : {below, above}) {
    if (std::isfinite(loss)) continue;
    return say("{}: the loss is {}: nothing to compare", result, number_of(loss));
  }
  if (const Index count = flip_count(); count > 0) {
    return say_counted(count, "{}; {} flip: a kink, not a bug", "{}; {} flips: a kink, not a bug", result,
                       count);
  }
  if (analytic == 0.0 && numeric == 0) return say("{}: both are 0", result);
  if (digits == 0 && analytic && std::abs(*analytic - numeric) > tolerance()) {
    return say("{}: not equal, and rounding explains no more than {}", result, number_text(tolerance(), 2));
  }
  if (digits == 0)
    return say("{}: rounding and curvature of the loss leave the differences no digit", result);
  if (!analytic) return say("{}: {} digits of the differences can be trusted", result, digits);
  return say("{}: equal in {} of the {} digits that differences can tell", result, equal_digits(), digits);
}

}  // namespace reel::inline REEL_PRECISION::inspect
