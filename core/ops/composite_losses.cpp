// Losses of pairs of elements that are made of other ops, which explain them.
#include <cmath>

#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/reduced_loss.h>

namespace reel::inline REEL_PRECISION {
namespace {

Var reduced(Operand losses, Reduction reduction) {
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
  return reduced({mul({near, where}, beyond), where}, options.reduction);
}

Var kl_div(Operand log_probabilities, const Tensor& target, LossOptions options) {
  const Call call("kl_div", log_probabilities.where);
  detail::check_pair(call, call.shape(log_probabilities), target.shape(), options.reduction);
  const Location where = log_probabilities.where;
  Tensor entropy = target.clone();
  for (Scalar& t : entropy.mutable_values()) t = t == 0 ? 0 : t * std::log(t);
  Tape& tape = log_probabilities.tape(where);
  const Var cross = mul(log_probabilities, tape.input({target, where}));
  return reduced({sub({tape.input({entropy, where}), where}, cross), where}, options.reduction);
}

}  // namespace reel::inline REEL_PRECISION
