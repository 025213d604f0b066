// Losses of rows of logits and of pairs of elements, and their gradients.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// The gradient of the final loss with respect to the i-th term: one for each (stride 1) or one for all
/// (stride 0), times `factor`, as 1/N under a mean.
struct TermGradient {
  const Scalar* dy;
  Index stride;
  Scalar factor;
  Scalar operator()(Index i) const { return dy[i * stride] * factor; }
};

/// What rows of logits [rows,classes] should be: a label for each row, or (labels == nullptr) a row of
/// probabilities; smoothed to (1 - smoothing) target + smoothing / classes, and each class times its weight where
/// there are any. A row whose label is below 0 counts for nothing.
struct Targets {
  const int* labels;
  const Scalar* probabilities;
  double smoothing;
  const Scalar* weights = nullptr;
};

/// The target of each class in one row.
struct RowTarget {
  RowTarget(const Targets& targets, Index row, Index classes)
      : label(targets.labels ? targets.labels[row] : -1),
        p(targets.labels ? nullptr : targets.probabilities + row * classes),
        weights(targets.weights),
        keep(p || label >= 0 ? 1 - targets.smoothing : 0),
        floor(p || label >= 0 ? targets.smoothing / static_cast<double>(classes) : 0) {}
  double operator()(Index c) const {
    const double target = p ? static_cast<double>(p[c]) : (c == label ? 1.0 : 0.0);
    return (keep * target + floor) * (weights ? static_cast<double>(weights[c]) : 1);
  }
  /// A class that the label is not costs nothing, even where its logit is -inf; one whose given probability
  /// is 0 costs 0 times that, which is NaN, as in PyTorch.
  bool counts(Index c) const { return p || (*this)(c) != 0; }
  /// Whether no class but the label has a target, and not even that where the row counts for nothing.
  bool is_label_alone() const { return !p && floor == 0; }

  Index label;
  const Scalar *p, *weights;
  double keep, floor;
};

/// softmax [rows,classes] of each row, and losses[r] = -sum_c target_c log softmax_c.
void cross_entropy(const Scalar* logits, const Targets& targets, Index rows, Index classes, Scalar* softmax,
                   Scalar* losses);
/// dlogits = dloss (softmax sum_c target_c - target)
void cross_entropy_backward(const Scalar* softmax, const Targets& targets, TermGradient dloss, Index rows,
                            Index classes, Scalar* dlogits);

/// The loss of one element x against its target t.
enum class PairLoss {
  kSquare,    ///< (x - t)^2
  kAbsolute,  ///< |x - t|
  kLogistic   ///< max(x, 0) - x t + log(1 + exp(-|x|)), the cross-entropy of sigmoid(x) and t
};
void pair_loss(PairLoss kind, const Scalar* x, const Scalar* t, Index n, Scalar* losses);
/// dx[i] = dloss(i) d loss / d x
void pair_loss_backward(PairLoss kind, const Scalar* x, const Scalar* t, TermGradient dloss, Index n,
                        Scalar* dx);

}  // namespace reel::inline REEL_PRECISION::kernels
