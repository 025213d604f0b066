// Group normalisation, and instance normalisation, whose groups are the channels.
#include <array>
#include <utility>
#include <vector>

#include <reel/core/detail/kernel_steps.h>
#include <reel/core/kernels/detail/normalization.h>
#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/normalization.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Of one channel.
Index pixels_of(const Shape& x) {
  Index pixels = 1;
  for (Index d = 2; d < x.dim(); d++) pixels *= x[d];
  return pixels;
}

// inputs: x, then weight and bias where there are any. Groups are neighbours in memory, and so are planes, [H,W]:
// to the kernels they are the channels of one image. What there is one of for each plane is [N,G,C/G].
class GroupNormOp : public Op {
 public:
  GroupNormOp(std::string_view name, Index groups, double eps)
      : Op({.takes_steps = true}), name_(name), groups_(groups), eps_(eps) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override { return fused_forward(inputs, {}, {}); }

  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue&, const Epilogue& epilogue) override {
    const Tensor& x = inputs[0];
    const Shape planes = planes_of(x.shape()), groups = planes.with(2, 1);
    const Index pixels = pixels_of(x.shape());
    const detail::ChannelStatistics statistics(x, {1, groups.numel(), planes[2] * pixels}, eps_);
    mean_ = statistics.mean.reshape(groups.sizes());
    inverse_deviation_ = statistics.inverse_deviation.reshape(groups.sizes());
    const Tensor mean = expand(mean_, planes),
                 scale = inputs.size() > 1 ? times(inverse_deviation_, by_group(inputs[1]))
                                           : expand(inverse_deviation_, planes),
                 shift = inputs.size() > 2 ? expand(by_group(inputs[2]), planes) : Tensor();
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::channel_normalize(x.data(), {1, planes.numel(), pixels},
                               {mean.data(), scale.data(), shift.data()}, kernel_epilogue(epilogue, {}),
                               y.mutable_data());
    return y;
  }

  // With n = (x - mean) / deviation and g = dy weight: dx = (g - mean(g) - n mean(g n)) / deviation, means over the
  // group, as in layer norm.
  void backward(BackwardPass& pass) override {
    const Tensor &x = pass.input(0), &dy = pass.dy();
    const Shape planes = planes_of(x.shape());
    const kernels::ChannelLayout layout{1, planes.numel(), pixels_of(x.shape())};
    const Tensor mean = expand(mean_, planes), scale = expand(inverse_deviation_, planes);
    const kernels::ChannelMapView map{mean.data(), scale.data()};
    Tensor sum_dy = Tensor::uninitialized(planes), sum_dy_n = Tensor::uninitialized(planes);
    kernels::channel_gradients(x.data(), dy.data(), layout, map, scale.data(), false, sum_dy.mutable_data(),
                               sum_dy_n.mutable_data(), false, nullptr);
    if (pass.wants(0)) {
      const bool has_weight = pass.inputs() > 1;
      const Tensor weight = has_weight ? expand(by_group(pass.input(1)), planes) : Tensor();
      const auto mean_of_group = [&](const Tensor& sums) {
        const Tensor total = sum_to(has_weight ? times(sums, weight) : sums, mean_.shape());
        const auto count = static_cast<Scalar>(planes[2] * layout.size);
        return expand(elementwise(kernels::Binary::kDiv, total, count), planes);
      };
      const Tensor a = mean_of_group(sum_dy), b = mean_of_group(sum_dy_n);
      Tensor dx = pass.buffer_like_dy();
      kernels::channel_input_gradient(x.data(), dy.data(), layout, map, scale.data(), weight.data(), a.data(),
                                      b.data(), dx.mutable_data());
      pass.add(0, std::move(dx));
    }
    const auto sum_of_images = [&](const Tensor& sums) {
      return sum_to(sums, {planes[1], planes[2]}).reshape({x.shape()[1]});
    };
    if (pass.inputs() > 1) pass.add(1, sum_of_images(sum_dy_n));
    if (pass.inputs() > 2) pass.add(2, sum_of_images(sum_dy));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    const Shape& x = inputs[0];
    Shape groups = x.with(1, groups_);
    std::vector<Index> affine{x[1]};
    for (Index d = 2; d < x.dim(); d++) {
      groups = groups.with(d, 1);
      affine.push_back(1);
    }
    std::array<bool, Shape::kMaxDim> normalized{};
    normalized.fill(true);
    normalized[1] = groups_ == 1;
    std::vector<Reads> reads(inputs.size(), {Reads::Kind::kWeight});
    reads[0] = reads_lines(x, normalized);
    return {.options = {detail::shown("groups", groups_), detail::shown("eps", eps_)},
            .normalization = Normalization{groups, Shape(affine), mean_, inverse_deviation_},
            .reads = std::move(reads),
            .saved = {mean_, inverse_deviation_},
            .in_onnx = [this, n = inputs.size(), affine] { return in_onnx(n, affine); }};
  }

 private:
  // Each group as the one channel of an instance norm; `affine` is how weight and bias are broadcast to x.
  onnx::Operator in_onnx(std::size_t inputs, const std::vector<Index>& affine) const {
    const onnx::Operator groups{"Reshape", {onnx::Input{0}, std::vector<Index>{0, groups_, -1}}},
        normalized{"InstanceNormalization",
                   {groups, Tensor::ones({groups_}), Tensor::zeros({groups_})},
                   {{"epsilon", eps_}}};
    onnx::Operator y{"Reshape", {normalized, onnx::Operator{"Shape", {onnx::Input{0}}}}};
    for (std::size_t i = 1; i < inputs; i++) {
      const onnx::Operator channels{"Reshape", {onnx::Input{i}, affine}};
      y = {i == 1 ? "Mul" : "Add", {std::move(y), channels}};
    }
    return y;
  }

  Shape planes_of(const Shape& x) const { return {x[0], groups_, x[1] / groups_}; }
  // What there is one of for each channel.
  Tensor by_group(const Tensor& x) const { return x.reshape({groups_, x.numel() / groups_}); }
  static Tensor times(const Tensor& a, const Tensor& b) { return elementwise(kernels::Binary::kMul, a, b); }

  std::string_view name_;
  Index groups_;
  double eps_;
  Tensor mean_, inverse_deviation_;  // one number a group, [N,G,1]
};

template <class Options>
Var normalize(const Call& call, Var x, Index groups, Var weight, Var bias, const Options& options) {
  detail::check_affine(call, call.shape(x), weight, bias, options.affine);
  return call.record(std::make_unique<GroupNormOp>(call.name(), groups, options.eps), call.shape(x),
                     {x, weight, bias});
}

}  // namespace

Var group_norm(Operand x, Index groups, Var weight, Var bias, GroupNormOptions options) {
  const Call call("group_norm", x.where);
  detail::check_options(call, options);
  const Shape& shape = call.shape(x);
  call.check(shape.dim() >= 2, "input is {}, expected [N,C,..]", shape);
  const Index size = shape[1] * pixels_of(shape);
  call.check(size > 0, "input {} has nothing to normalise; the batch alone may be empty", shape);
  detail::check_groups(call, groups, shape[1], "input");
  call.check(shape[0] * size != groups,
             "input {} has 1 value a group, a variance needs at least 2; use fewer groups", shape);
  return normalize(call, x, groups, weight, bias, options);
}

Var instance_norm2d(Operand x, Var weight, Var bias, InstanceNorm2dOptions options) {
  const Call call("instance_norm2d", x.where);
  detail::check_options(call, options);
  const Shape& shape = call.shape(x);
  detail::check_images(call, shape);
  call.check(pixels_of(shape) > 1,
             "input {} has 1 pixel a channel, a variance needs at least 2; use group_norm with several "
             "channels a group",
             shape);
  return normalize(call, x, shape[1], weight, bias, options);
}

}  // namespace reel::inline REEL_PRECISION
