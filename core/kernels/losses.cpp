// Cross-entropy of kLanes rows at once; functions of pairs, each a value and a gradient.
#include <reel/core/kernels/detail/losses.h>

#include <algorithm>
#include <cmath>

#include <reel/core/kernels/detail/exponentials.h>
#include <reel/core/kernels/detail/math.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kLossGrain = 4096;  // elements a piece: each costs an exponential

Index row_grain(Index row) { return kLossGrain / std::max<Index>(row, 1) + 1; }

// z - max(z) keeps every exponential in (0, 1]; the loss takes log(sum) - (z - max) and never log(softmax),
// which would be -inf for an unlikely class.
Scalar row_loss(const Scalar* z, const RowTarget& target, Index classes, Scalar top, double log_total) {
  const auto term = [&](Index c) { return target.counts(c) ? target(c) * (log_total - (z[c] - top)) : 0; };
  if (target.is_label_alone()) return target.label < 0 ? 0 : static_cast<Scalar>(term(target.label));
  double loss = 0;
  for (Index c = 0; c < classes; c++) loss += term(c);
  return static_cast<Scalar>(loss);
}

// Of up to kLanes rows from `row` on.
void rows_cross_entropy(const Scalar* logits, const Targets& targets, Index row, Index rows, Index classes,
                        Scalar* softmax, Scalar* losses) {
  LineSums sums;
  exponentials_of_rows(softmax, logits, classes, rows, sums);
  Scalar log_total[kLanes], scale[kLanes];
  for (Index r = 0; r < rows; r++) {
    log_total[r] = fast_log1p(static_cast<Scalar>(sums.total[r] - 1));
    scale[r] = static_cast<Scalar>(1 / sums.total[r]);
  }
  for (Index r = 0; r < rows; r++) {
    for (Index c = 0; c < classes; c++) softmax[r * classes + c] *= scale[r];
    losses[r] = row_loss(logits + r * classes, RowTarget(targets, row + r, classes), classes, sums.top[r],
                         log_total[r]);
  }
}

// dlogits = scale (softmax sum_c target_c - target)
void row_gradient(const Scalar* softmax, const RowTarget& target, Scalar scale, Index classes,
                  Scalar* dlogits) {
  const auto slope = [=](double p, double mass, double wanted) {
    return scale * static_cast<Scalar>(p * mass - wanted);
  };
  if (target.is_label_alone()) {
    const double mass = target.label < 0 ? 0 : target(target.label);
    for (Index c = 0; c < classes; c++) dlogits[c] = slope(softmax[c], mass, 0);
    if (target.label >= 0) dlogits[target.label] = slope(softmax[target.label], mass, mass);
    return;
  }
  double mass = 0;  // 1 unless the probabilities do not add up to it
  for (Index c = 0; c < classes; c++) mass += target(c);
  for (Index c = 0; c < classes; c++) dlogits[c] = slope(softmax[c], mass, target(c));
}

// Each loss, and its gradient factor dy d loss / d x.
struct Square {
  static Scalar value(Scalar x, Scalar t) { return (x - t) * (x - t); }
  static Scalar gradient(Scalar dy, Scalar factor, Scalar x, Scalar t) { return 2 * factor * (x - t) * dy; }
};
struct Absolute {
  static Scalar value(Scalar x, Scalar t) { return std::abs(x - t); }
  static Scalar gradient(Scalar dy, Scalar factor, Scalar x, Scalar t) {
    return dy * factor * static_cast<Scalar>((x > t) - (x < t));
  }
};
struct Logistic {
  // max(x, 0) - x t is no difference of large numbers here; x - x is 0, and makes -infinity's NaN, as
  // PyTorch's is.
  static Scalar value(Scalar x, Scalar t) {
    const Scalar linear = x < 0 ? (x - x) - t * x : (1 - t) * x;
    return linear + fast_log1p(fast_exp(-std::abs(x)));
  }
  static Scalar gradient(Scalar dy, Scalar factor, Scalar x, Scalar t) {
    return dy * factor * (1 / (1 + fast_exp(-x)) - t);
  }
};

template <class F>
void with_loss(PairLoss kind, F&& f) {
  switch (kind) {
    case PairLoss::kSquare:
      return f(Square());
    case PairLoss::kAbsolute:
      return f(Absolute());
    case PairLoss::kLogistic:
      return f(Logistic());
  }
}

}  // namespace

void cross_entropy(const Scalar* logits, const Targets& targets, Index rows, Index classes, Scalar* softmax,
                   Scalar* losses) {
  const Index grain = (row_grain(classes) + kLanes - 1) / kLanes * kLanes;
  parallel_for(rows, grain, [&](Index begin, Index end) {
    for (Index r = begin; r < end; r += kLanes) {
      rows_cross_entropy(logits + r * classes, targets, r, std::min<Index>(kLanes, end - r), classes,
                         softmax + r * classes, losses + r);
    }
  });
}

void cross_entropy_backward(const Scalar* softmax, const Targets& targets, TermGradient dloss, Index rows,
                            Index classes, Scalar* dlogits) {
  parallel_for(rows, row_grain(classes), [&](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      row_gradient(softmax + r * classes, RowTarget(targets, r, classes), dloss(r), classes,
                   dlogits + r * classes);
    }
  });
}

void pair_loss(PairLoss kind, const Scalar* x, const Scalar* t, Index n, Scalar* losses) {
  with_loss(kind, [&](auto loss) {
    parallel_for(n, kLossGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) losses[i] = loss.value(x[i], t[i]);
    });
  });
}

void pair_loss_backward(PairLoss kind, const Scalar* x, const Scalar* t, TermGradient dloss, Index n,
                        Scalar* dx) {
  with_loss(kind, [&](auto loss) {
    parallel_for(n, kLossGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        dx[i] = loss.gradient(dloss.dy[i * dloss.stride], dloss.factor, x[i], t[i]);
      }
    });
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
