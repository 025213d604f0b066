#include <reel/layers/init.h>

#include <cmath>
#include <limits>

#include <reel/core/option_check.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION::init {
namespace {

void check_defined(const OptionCheck& check, const Tensor& t) {
  check.require(t.defined(), "the tensor has no elements to set, it is undefined; make it with a shape");
}

Fans fans_of(const OptionCheck& check, const Tensor& weight) {
  check.require<ShapeError>(
      weight.dim() >= 2 && weight.numel() > 0,
      "fan in and fan out are not defined for shape {}; a weight [out,in,..] is expected", weight.shape());
  return {weight.numel() / weight.size(0), weight.numel() / weight.size(1)};
}

// Of uniform numbers of this standard deviation.
Scalar uniform_bound(double deviation) { return static_cast<Scalar>(std::sqrt(3.0) * deviation); }

double kaiming_deviation(const OptionCheck& check, const Tensor& weight, KaimingOptions options) {
  check.finite("a", options.a);
  const Fans f = fans_of(check, weight);
  const auto fan = static_cast<double>(options.mode == FanMode::kIn ? f.in : f.out);
  return std::sqrt(2 / ((1 + options.a * options.a) * fan));
}

double xavier_deviation(const OptionCheck& check, const Tensor& weight, double gain) {
  check.non_negative("gain", gain);
  const Fans f = fans_of(check, weight);
  const double deviation = gain * std::sqrt(2 / static_cast<double>(f.in + f.out));
  check.require(
      uniform_bound(deviation) <= std::numeric_limits<Scalar>::max() / 2,
      "gain is {}, which gives weight {} a standard deviation of {}; it must be so small that a Scalar "
      "holds the weights",
      gain, weight.shape(), deviation);
  return deviation;
}

}  // namespace

void constant(Located<Tensor&> t, Scalar value) {
  check_defined(OptionCheck("init::constant", t.where), t);
  t.value.fill(value);
}

void uniform(Located<Tensor&> t, Scalar low, Scalar high) {
  const OptionCheck check("init::uniform", t.where);
  check_defined(check, t);
  check.bounds(low, high);
  next_random_stream().fill_uniform(t.value.mutable_values(), low, high);
}

void normal(Located<Tensor&> t, Scalar mean, Scalar deviation) {
  const OptionCheck check("init::normal", t.where);
  check_defined(check, t);
  check.finite("mean", mean);
  check.non_negative("deviation", deviation);
  next_random_stream().fill_normal(t.value.mutable_values(), mean, deviation);
}

Fans fans(Located<const Tensor&> weight) { return fans_of(OptionCheck("init::fans", weight.where), weight); }

void kaiming_uniform(Located<Tensor&> weight, KaimingOptions options) {
  const Scalar bound =
      uniform_bound(kaiming_deviation(OptionCheck("init::kaiming_uniform", weight.where), weight, options));
  uniform(weight, -bound, bound);
}

void kaiming_normal(Located<Tensor&> weight, KaimingOptions options) {
  normal(weight, 0,
         static_cast<Scalar>(
             kaiming_deviation(OptionCheck("init::kaiming_normal", weight.where), weight, options)));
}

void xavier_uniform(Located<Tensor&> weight, double gain) {
  const Scalar bound =
      uniform_bound(xavier_deviation(OptionCheck("init::xavier_uniform", weight.where), weight, gain));
  uniform(weight, -bound, bound);
}

void xavier_normal(Located<Tensor&> weight, double gain) {
  normal(
      weight, 0,
      static_cast<Scalar>(xavier_deviation(OptionCheck("init::xavier_normal", weight.where), weight, gain)));
}

void layer_default(Tensor& weight, Tensor& bias) {
  kaiming_uniform(weight, {.a = std::sqrt(5.0)});
  if (!bias.defined()) return;
  const auto bound = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(fans(weight).in)));
  uniform(bias, -bound, bound);
}

}  // namespace reel::inline REEL_PRECISION::init
