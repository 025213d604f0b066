// Losses of pairs of elements that are made of other ops, which explain them.
#include <cmath>

#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/reduced_loss.h>

namespace reel::inline REEL_PRECISION {
namespace {

Var reduce_losses(Operand losses, Reduction reduction) {
  if (reduction == Reduction::kNone) return losses;
  return reduction == Reduction::kMean ? mean(losses) : sum(losses);
}

}  // namespace

// With m = min(d, delta) both cases are m (d - m / 2).
Var huber_loss(Operand x, const Tensor& target, HuberLossOptions options) {
  const Call call("huber_loss", x.where);
  call.positive("delta", options.delta);
  detail::check_pair(call, call.shape(x), target.shape(), options.reduction);
  const Location where = x.where;
  const Var distance = abs({sub(x, x.tape(where).input({target, where})), where});
  const Var near = minimum({distance, where}, static_cast<Scalar>(options.delta));
  const Var beyond = sub({distance, where}, mul({near, where}, Scalar(0.5)));
  return reduce_losses({mul({near, where}, beyond), where}, options.reduction);
}

Var kl_div(Operand log_probabilities, const Tensor& target, LossOptions options) {
  const Call call("kl_div", log_probabilities.where);
  detail::check_pair(call, call.shape(log_probabilities), target.shape(), options.reduction);
  const Location where = log_probabilities.where;
  Tensor entropy = target.clone();
  for (Scalar& t : entropy.mutable_values()) t = t == 0 ? 0 : t * std::log(t);
  Tape& tape = log_probabilities.tape(where);
  const Var cross = mul(log_probabilities, tape.input({target, where}));
  return reduce_losses({sub({tape.input({entropy, where}), where}, cross), where}, options.reduction);
}

namespace detail {

// With l(t) the loss of a target without weights, p t l(1) + (1 - t) l(0) is w l(p t / w) with w = p t + 1 - t.
Var weighted_bce(Operand logits, const Tensor& target, const Tensor& pos_weight, Reduction reduction) {
  const Call call("bce_with_logits", logits.where);
  check_pair(call, call.shape(logits), target.shape(), reduction);
  call.check(broadcast_shape(call, pos_weight.shape(), target.shape()) == target.shape(),
             "pos_weight is {}, target is {}; it must broadcast to the target's shape", pos_weight.shape(),
             target.shape());
  for (const Scalar p : pos_weight.values()) call.non_negative("a pos_weight", p);
  Tensor weight = expand(pos_weight, target.shape()).clone(), shifted = target.clone();
  Scalar *w = weight.mutable_data(), *t = shifted.mutable_data();
  for (Index i = 0; i < target.numel(); i++) {
    call.within("a target", t[i], 0, 1);
    const Scalar positive = w[i] * t[i];
    w[i] = positive + (1 - t[i]);
    t[i] = w[i] == 0 ? 0 : positive / w[i];
  }
  const Location where = logits.where;
  const Var losses = bce_with_logits(logits, shifted, {.reduction = Reduction::kNone});
  return reduce_losses({mul({losses, where}, logits.tape(where).input({weight, where})), where}, reduction);
}

}  // namespace detail

}  // namespace reel::inline REEL_PRECISION
