// What the losses share: terms reduced to their mean, their sum or not. Internal to core/ops.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/kernels/detail/losses.h>
#include <reel/core/kernels/detail/reductions.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::detail {

/// The mean of no terms is refused; their sum is 0.
inline void check_mean(const Call& call, const Shape& terms, Reduction reduction) {
  call.check(terms.numel() > 0 || reduction != Reduction::kMean,
             "input is {}: the batch is empty and has no mean loss; skip it, or take the sum", terms);
}

/// Of a loss of pairs of elements.
inline void check_pair(const Call& call, const Shape& x, const Shape& target, Reduction reduction) {
  call.check(x == target, "input is {}, target is {}; they must have the same shape", x, target);
  check_mean(call, x, reduction);
}

/// The shape of the op's value, of one that has a term for each element of `terms`.
inline Shape reduced_shape(const Shape& terms, Reduction reduction) {
  return reduction == Reduction::kNone ? terms : Shape{};
}

/// terms -> the value of the op. The mean of terms that have weights divides by their sum, `n`.
inline Tensor reduced(Tensor terms, Reduction reduction, std::optional<double> n = {}) {
  if (reduction == Reduction::kNone) return terms;
  Tensor total = Tensor::uninitialized({});
  const bool divides = reduction == Reduction::kMean && n;
  const auto kernel = reduction == Reduction::kMean && !n ? kernels::mean : kernels::sum;
  kernel(total.mutable_data(), terms.data(), 1, terms.numel(), 1);
  if (divides) total.fill(static_cast<Scalar>(total.item() / *n));
  return total;
}

/// bce_with_logits with a pos_weight.
Var weighted_bce(Operand logits, const Tensor& target, const Tensor& pos_weight, Reduction reduction);

/// Each term is made of a sample of its own.
inline Reads loss_reads(Reduction reduction) {
  return {reduction == Reduction::kNone ? Reads::Kind::kRearranged : Reads::Kind::kAll};
}

/// The gradient of the op's value -> of each of its terms, of which the mean divides by n.
kernels::TermGradient term_gradient(const Tensor& dy, Reduction reduction, auto n) {
  const Scalar factor = reduction == Reduction::kMean ? 1 / static_cast<Scalar>(n) : Scalar(1);
  return {dy.data(), reduction == Reduction::kNone ? 1 : 0, factor};
}

/// "of 3 samples"
inline std::string samples_text(Index n) { return say_counted(n, "of {} sample", "of {} samples", n); }

/// What a loss of n terms, or of terms whose weights add up to n, counts of each, and how its explanation writes that: "", " / 6".
double share(Reduction reduction, auto n) {
  return reduction == Reduction::kMean ? 1 / static_cast<double>(n) : 1;
}
std::string share_text(Reduction reduction, auto n) {
  const auto number = static_cast<double>(n);
  if (reduction != Reduction::kMean) return "";
  return number == std::trunc(number) ? fmt::format(" / {:.0f}", number) : fmt::format(" / {:g}", number);
}

}  // namespace reel::inline REEL_PRECISION::detail
