// Cross-entropy row by row; functions of pairs, each a value and a gradient.
#include <reel/core/kernels/detail/losses.h>

#include <algorithm>
#include <cmath>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kLossGrain = 4096;  // elements a piece: each costs an exponential

Index row_grain(Index row) { return kLossGrain / std::max<Index>(row, 1) + 1; }

// z - max(z) keeps every exponential in (0, 1]; the loss takes log(sum) - (z - max) and never log(softmax),
// which would be -inf for an unlikely class.
Scalar cross_entropy_row(const Scalar* z, const RowTarget& target, Index classes, Scalar* softmax) {
  const Scalar top = *std::max_element(z, z + classes);
  double total = 0;
  for (Index c = 0; c < classes; c++) {
    softmax[c] = std::exp(z[c] - top);
    total += softmax[c];
  }
  const double log_total = std::log(total);
  const auto scale = static_cast<Scalar>(1 / total);
  double loss = 0;
  for (Index c = 0; c < classes; c++) {
    softmax[c] *= scale;
    if (target.counts(c)) loss += target(c) * (log_total - (z[c] - top));
  }
  return static_cast<Scalar>(loss);
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
    return linear + std::log1p(std::exp(-std::abs(x)));
  }
  static Scalar gradient(Scalar dy, Scalar factor, Scalar x, Scalar t) {
    return dy * factor * (1 / (1 + std::exp(-x)) - t);
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
  parallel_for(rows, row_grain(classes), [&](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      const RowTarget target(targets, r, classes);
      losses[r] = cross_entropy_row(logits + r * classes, target, classes, softmax + r * classes);
    }
  });
}

void cross_entropy_backward(const Scalar* softmax, const Targets& targets, TermGradient dloss, Index rows,
                            Index classes, Scalar* dlogits) {
  parallel_for(rows, row_grain(classes), [&](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      const RowTarget target(targets, r, classes);
      double mass = 0;  // 1 unless the probabilities do not add up to it
      for (Index c = 0; c < classes; c++) mass += target(c);
      const Scalar scale = dloss(r);
      for (Index c = 0; c < classes; c++) {
        const double slope = softmax[r * classes + c] * mass - target(c);
        dlogits[r * classes + c] = scale * static_cast<Scalar>(slope);
      }
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
