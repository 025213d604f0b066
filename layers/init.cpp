#include <reel/layers/init.h>

#include <cmath>

#include <reel/core/option_check.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION::init {
namespace {

void check_defined(const OptionCheck& check, const Tensor& t) {
  check.require(t.defined(), "the tensor has no elements to set, it is undefined; make it with a shape");
}

// Uniform numbers of this standard deviation.
void uniform_of_deviation(Tensor& t, double deviation, Location where) {
  const auto bound = static_cast<Scalar>(std::sqrt(3.0) * deviation);
  uniform(t, -bound, bound, where);
}

double kaiming_deviation(const Tensor& weight, KaimingOptions options, Location where) {
  OptionCheck("init", where).finite("a", options.a);
  const Fans f = fans(weight, where);
  const auto fan = static_cast<double>(options.mode == FanMode::kIn ? f.in : f.out);
  return std::sqrt(2 / ((1 + options.a * options.a) * fan));
}

double xavier_deviation(const Tensor& weight, double gain, Location where) {
  OptionCheck("init", where).non_negative("gain", gain);
  const Fans f = fans(weight, where);
  return gain * std::sqrt(2 / static_cast<double>(f.in + f.out));
}

}  // namespace

void constant(Tensor& t, Scalar value, Location where) {
  check_defined(OptionCheck("init::constant", where), t);
  t.fill(value);
}

void uniform(Tensor& t, Scalar low, Scalar high, Location where) {
  const OptionCheck check("init::uniform", where);
  check_defined(check, t);
  check.bounds(low, high);
  next_random_stream().fill_uniform(t.mutable_values(), low, high);
}

void normal(Tensor& t, Scalar mean, Scalar deviation, Location where) {
  const OptionCheck check("init::normal", where);
  check_defined(check, t);
  check.finite("mean", mean);
  check.non_negative("deviation", deviation);
  next_random_stream().fill_normal(t.mutable_values(), mean, deviation);
}

Fans fans(const Tensor& weight, Location where) {
  OptionCheck("init", where)
      .require<ShapeError>(
          weight.dim() >= 2 && weight.numel() > 0,
          "fan in and fan out are not defined for shape {}; a weight [out,in,..] is expected",
          weight.shape());
  return {weight.numel() / weight.size(0), weight.numel() / weight.size(1)};
}

void kaiming_uniform(Tensor& weight, KaimingOptions options, Location where) {
  uniform_of_deviation(weight, kaiming_deviation(weight, options, where), where);
}

void kaiming_normal(Tensor& weight, KaimingOptions options, Location where) {
  normal(weight, 0, static_cast<Scalar>(kaiming_deviation(weight, options, where)), where);
}

void xavier_uniform(Tensor& weight, double gain, Location where) {
  uniform_of_deviation(weight, xavier_deviation(weight, gain, where), where);
}

void xavier_normal(Tensor& weight, double gain, Location where) {
  normal(weight, 0, static_cast<Scalar>(xavier_deviation(weight, gain, where)), where);
}

void layer_default(Tensor& weight, Tensor* bias) {
  kaiming_uniform(weight, {.a = std::sqrt(5.0)});
  if (!bias) return;
  const auto bound = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(fans(weight).in)));
  uniform(*bias, -bound, bound);
}

}  // namespace reel::inline REEL_PRECISION::init
