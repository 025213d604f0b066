// Batch normalisation.
#include <algorithm>
#include <cmath>
#include <utility>

#include <reel/core/detail/kernel_steps.h>
#include <reel/core/detail/tape_profile.h>
#include <reel/core/kernels/detail/normalization.h>
#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/normalization.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

kernels::ChannelLayout layout_of(const Shape& x) { return {x[0], x[1], x.dim() == 4 ? x[2] * x[3] : 1}; }

// Copies: backward must not see how the running statistics change later.
detail::ChannelStatistics running_statistics(const BatchNorm2dState& state, double eps) {
  detail::ChannelStatistics of(state.running_mean.numel());
  of.mean.copy_from(state.running_mean);
  of.variance.copy_from(state.running_var);
  std::ranges::transform(of.variance.values(), of.inverse_deviation.mutable_data(), [eps](Scalar variance) {
    return static_cast<Scalar>(1 / std::sqrt(static_cast<double>(variance) + eps));
  });
  return of;
}

// inputs: x, then weight and bias where there are any
class BatchNorm2dOp : public Op {
 public:
  // `statistics` are those of `batch`, or the running ones where that is undefined.
  BatchNorm2dOp(const Tensor& batch, double eps, detail::ChannelStatistics statistics)
      : Op({.takes_steps = true, .step = EpilogueStep::kMap}),
        training_(batch.defined()),
        eps_(eps),
        statistics_(std::move(statistics)),
        batch_(batch) {}

  std::string_view name() const override { return "batch_norm2d"; }

  Tensor forward(std::span<const Tensor> inputs) override { return fused_forward(inputs, {}, {}); }

  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue&, const Epilogue& epilogue) override {
    const Tensor& x = inputs[0];
    // A replay may bring another x than the one whose statistics the op was made with.
    if (training_ && !x.shares_storage(batch_)) {
      statistics_ = {x, layout_of(x.shape()), eps_};
      batch_ = x;
    }
    const ChannelMap map = channel_map(inputs);
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::channel_normalize(x.data(), layout_of(x.shape()), kernel_map(map), kernel_epilogue(epilogue, {}),
                               y.mutable_data());
    return y;
  }

  ChannelMap channel_map(std::span<const Tensor> inputs) const override {
    return {statistics_.mean, scale_of(detail::optional_input(inputs, 1)), detail::optional_input(inputs, 2)};
  }

  // Where training, mean and variance depend on x as well. With n = (x - mean) / deviation:
  // dx = weight / deviation (dy - mean(dy) - n mean(dy n)); Ioffe and Szegedy, section 3.
  // A fused relu is masked on the way: that saves passes over dy.
  void backward(BackwardPass& pass) override {
    const Tensor& x = pass.input(0);
    const auto layout = layout_of(x.shape());
    const Tensor* before_relu = pass.dy_before_relu();
    const Tensor& dy = before_relu ? *before_relu : pass.dy();
    const bool relu = before_relu != nullptr, reads_weight = pass.inputs() > 1 && (relu || pass.wants(0));
    const Tensor scale = scale_of(reads_weight ? pass.input(1) : Tensor());
    const kernels::ChannelMapView map{statistics_.mean.data(), scale.data(),
                                      relu && pass.inputs() > 2 ? pass.input(2).data() : nullptr};
    Tensor dweight = Tensor::uninitialized({layout.channels});
    Tensor dbias = Tensor::uninitialized({layout.channels});
    Tensor dx = pass.wants(0) ? pass.buffer_like_dy() : Tensor();
    kernels::channel_gradients(x.data(), dy.data(), layout, map, statistics_.inverse_deviation.data(), relu,
                               dbias.mutable_data(), dweight.mutable_data(), training_,
                               dx.defined() ? dx.mutable_data() : nullptr);
    if (dx.defined()) pass.add(0, std::move(dx));
    if (pass.inputs() > 1) pass.add(1, std::move(dweight));
    if (pass.inputs() > 2) pass.add(2, std::move(dbias));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    // Mean and variance of a batch are made of all its pixels.
    std::vector<Reads> reads(inputs.size(), {Reads::Kind::kWeight});
    reads[0] = training_ ? Reads{Reads::Kind::kBatch} : reads_elementwise(inputs[0], output);
    const Shape& x = inputs[0];
    const Index channels = x[1];
    const auto& [mean, variance, inverse_deviation] = statistics_;
    OpFacts facts{
        .options = options(),
        .normalization = Normalization{.groups = x.dim() == 4 ? Shape{1, channels, 1, 1} : Shape{1, channels},
                                       .affine = x.dim() == 4 ? Shape{channels, 1, 1} : Shape{channels},
                                       .mean = mean,
                                       .inverse_deviation = inverse_deviation,
                                       .own_statistics = training_},
        .reads = std::move(reads),
        .saved = {mean, variance, inverse_deviation}};
    if (!training_) facts.in_onnx = [this, channels, n = inputs.size()] { return in_onnx({channels}, n); };
    return facts;
  }

 private:
  // With the running statistics.
  onnx::Operator in_onnx(const Shape& channels, std::size_t inputs) const {
    const auto given = [&](std::size_t i, Scalar otherwise) {
      return i < inputs ? onnx::Operand(onnx::Input{i}) : Tensor::full(channels, otherwise);
    };
    return {"BatchNormalization",
            {onnx::Input{0}, given(1, 1), given(2, 0), statistics_.mean, statistics_.variance},
            {{"epsilon", eps_}}};
  }

  std::vector<OpOption> options() const {
    std::vector<OpOption> result{detail::shown("training", training_), detail::shown("eps", eps_)};
    if (training_) return result;  // the statistics follow from x
    result.push_back(detail::shown("running_mean", statistics_.mean.values()));
    result.push_back(detail::shown("running_var", statistics_.variance.values()));
    return result;
  }

  // weight / sqrt(variance + eps), for a weight of 1 where there is none
  Tensor scale_of(const Tensor& weight) const {
    const Tensor& inverse_deviation = statistics_.inverse_deviation;
    return weight.defined() ? elementwise(kernels::Binary::kMul, inverse_deviation, weight)
                            : inverse_deviation;
  }

  bool training_;
  double eps_;
  detail::ChannelStatistics statistics_;
  Tensor batch_;  // that the statistics are of
};

void check_running(const Call& call, const Shape& x, const BatchNorm2dState& state) {
  const auto& [running_mean, running_var, training] = state;
  call.check<Error>(running_mean.defined() == running_var.defined(),
                    "only one of running_mean and running_var was given; give both or neither");
  if (running_mean.defined()) {
    detail::check_per_channel(call, running_mean.shape(), "running_mean", x);
    detail::check_per_channel(call, running_var.shape(), "running_var", x);
  }
  call.check<Error>(training || running_mean.defined(),
                    "without training it normalises with running_mean and running_var, which are missing");
  const Index per_channel = layout_of(x).per_channel();
  call.check(
      !training || per_channel > 1,
      "input {} has {} value(s) a channel, training needs at least 2 for a variance; use a larger batch or "
      "eval()",
      x, per_channel);
}

void check_arguments(const Call& call, const Shape& x, Var weight, Var bias,
                     const BatchNorm2dOptions& options) {
  detail::check_options(call, options);
  call.check(x.dim() == 4 || x.dim() == 2, "input is {}, expected [N,C,H,W] or [N,C]", x);
  detail::check_affine(call, x, weight, bias, options.affine);
}

// running = (1 - momentum) running + momentum batch, with the unbiased variance.
void update_running(BatchNorm2dState& state, const detail::ChannelStatistics& batch, Index per_channel,
                    double momentum) {
  const auto count = static_cast<double>(per_channel);
  const double keep = 1 - momentum, unbiased = momentum * count / (count - 1);
  Scalar *running_mean = state.running_mean.mutable_data(), *running_var = state.running_var.mutable_data();
  for (Index c = 0; c < batch.mean.numel(); c++) {
    running_mean[c] = static_cast<Scalar>(keep * running_mean[c] + momentum * batch.mean.data()[c]);
    running_var[c] = static_cast<Scalar>(keep * running_var[c] + unbiased * batch.variance.data()[c]);
  }
}

// Of a batch; a profile counts their pass over x with the op's forward, before which it runs.
detail::ChannelStatistics batch_statistics(const Call& call, const Tensor& x, Profile* profile, double eps) {
  const detail::Stopwatch watch;
  detail::ChannelStatistics statistics(x, layout_of(x.shape()), eps);
  if (profile) {
    profile->add_to_forward(Scope::path(), call.name(), watch.seconds());
  }
  return statistics;
}

}  // namespace

Var batch_norm2d(Operand x, Var weight, Var bias, BatchNorm2dState state, BatchNorm2dOptions options) {
  const Call call("batch_norm2d", x.where);
  const Shape& shape = call.shape(x);
  check_arguments(call, shape, weight, bias, options);
  check_running(call, shape, state);
  const double eps = options.eps;
  const Tensor batch = state.training ? call.value(x) : Tensor();
  const detail::ChannelStatistics statistics =
      state.training ? batch_statistics(call, batch, Var(x).tape().options().profile, eps)
                     : running_statistics(state, eps);
  const Var y =
      call.record(std::make_unique<BatchNorm2dOp>(batch, eps, statistics), shape, {x, weight, bias});
  // Here and not by the op, which may be replayed.
  if (state.training && state.running_mean.defined())
    update_running(state, statistics, layout_of(shape).per_channel(), options.momentum);
  return y;
}

}  // namespace reel::inline REEL_PRECISION
