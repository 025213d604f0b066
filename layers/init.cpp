#include <reel/layers/init.h>

#include <cmath>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION::init {
namespace {

// Uniform numbers of this standard deviation.
void uniform_of_deviation(Tensor& t, double deviation) {
  const auto bound = static_cast<Scalar>(std::sqrt(3.0) * deviation);
  uniform(t, -bound, bound);
}

double kaiming_deviation(const Tensor& weight, KaimingOptions options) {
  const Fans f = fans(weight);
  const auto fan = static_cast<double>(options.mode == FanMode::kIn ? f.in : f.out);
  return std::sqrt(2 / ((1 + options.a * options.a) * fan));
}

double xavier_deviation(const Tensor& weight, double gain) {
  const Fans f = fans(weight);
  return gain * std::sqrt(2 / static_cast<double>(f.in + f.out));
}

}  // namespace

void constant(Tensor& t, Scalar value) { t.fill(value); }

void uniform(Tensor& t, Scalar low, Scalar high) {
  next_random_stream().fill_uniform(t.mutable_values(), low, high);
}

void normal(Tensor& t, Scalar mean, Scalar deviation) {
  next_random_stream().fill_normal(t.mutable_values(), mean, deviation);
}

Fans fans(const Tensor& weight) {
  if (weight.dim() < 2 || weight.numel() == 0) {
    throw ShapeError(
        fmt::format("init: fan in and fan out are not defined for shape {}; a weight [out,in,..] is expected",
                    weight.shape()));
  }
  return {weight.numel() / weight.size(0), weight.numel() / weight.size(1)};
}

void kaiming_uniform(Tensor& weight, KaimingOptions options) {
  uniform_of_deviation(weight, kaiming_deviation(weight, options));
}

void kaiming_normal(Tensor& weight, KaimingOptions options) {
  normal(weight, 0, static_cast<Scalar>(kaiming_deviation(weight, options)));
}

void xavier_uniform(Tensor& weight, double gain) {
  uniform_of_deviation(weight, xavier_deviation(weight, gain));
}

void xavier_normal(Tensor& weight, double gain) {
  normal(weight, 0, static_cast<Scalar>(xavier_deviation(weight, gain)));
}

void layer_default(Tensor& weight, Tensor* bias) {
  kaiming_uniform(weight, {.a = std::sqrt(5.0)});
  if (!bias) return;
  const auto bound = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(fans(weight).in)));
  uniform(*bias, -bound, bound);
}

}  // namespace reel::inline REEL_PRECISION::init
