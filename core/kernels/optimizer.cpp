// Each update is one loop over parameter, gradient and state.
#include <reel/core/kernels/detail/optimizer.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kStepGrain = 65536;  // elements a piece, some ten microseconds

// Turns what is fixed for a whole pass into a constant of the loop, which then vectorises without branches.
template <class F>
void with_constant(bool flag, F&& f) {
  if (flag) {
    f(std::true_type{});
  } else {
    f(std::false_type{});
  }
}

// Without decay an infinite weight stays what it is, which 0 times it would make NaN.
inline Scalar decayed(Scalar gradient, Scalar decay, Scalar value) {
  return decay == 0 ? gradient : gradient + decay * value;
}

}  // namespace

void sgd_update(Scalar* value, const Scalar* gradient, Scalar* buffer, Index n, const SgdUpdate& update) {
  const auto lr = static_cast<Scalar>(update.lr), momentum = static_cast<Scalar>(update.momentum);
  const auto fresh = static_cast<Scalar>(1 - update.dampening);
  const auto decay = static_cast<Scalar>(update.weight_decay);
  with_constant(buffer != nullptr, [&](auto has_buffer) {
    with_constant(update.nesterov, [&](auto nesterov) {
      parallel_for(n, kStepGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; i++) {
          const Scalar g = decayed(gradient[i], decay, value[i]);
          Scalar direction = g;
          if constexpr (has_buffer) {
            const Scalar b = buffer[i] = momentum * buffer[i] + fresh * g;
            direction = nesterov ? g + momentum * b : b;
          }
          value[i] -= lr * direction;
        }
      });
    });
  });
}

void adam_update(Scalar* value, const Scalar* gradient, Scalar* first, Scalar* second, Scalar* second_max,
                 Index n, const AdamUpdate& update) {
  const auto beta1 = static_cast<Scalar>(update.beta1), fresh1 = static_cast<Scalar>(1 - update.beta1);
  const auto beta2 = static_cast<Scalar>(update.beta2), fresh2 = static_cast<Scalar>(1 - update.beta2);
  const auto step_size = static_cast<Scalar>(update.step_size), eps = static_cast<Scalar>(update.eps);
  const auto second_scale = static_cast<Scalar>(update.second_scale);
  const auto decay = static_cast<Scalar>(update.weight_decay), shrink = static_cast<Scalar>(update.shrink);
  with_constant(second_max != nullptr, [&](auto has_max) {
    parallel_for(n, kStepGrain, [=](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        const Scalar w = shrink * value[i];
        const Scalar g = decayed(gradient[i], decay, w);
        const Scalar m = first[i] = beta1 * first[i] + fresh1 * g;
        Scalar v = second[i] = beta2 * second[i] + fresh2 * g * g;
        if constexpr (has_max) v = second_max[i] = std::max(v, second_max[i]);
        value[i] = w - step_size * m / (std::sqrt(v) * second_scale + eps);
      }
    });
  });
}

void rmsprop_update(Scalar* value, const Scalar* gradient, Scalar* square, Scalar* mean, Scalar* buffer,
                    Index n, const RmspropUpdate& update) {
  const auto alpha = static_cast<Scalar>(update.alpha), fresh = static_cast<Scalar>(1 - update.alpha);
  const auto lr = static_cast<Scalar>(update.lr), eps = static_cast<Scalar>(update.eps);
  const auto decay = static_cast<Scalar>(update.weight_decay);
  const auto momentum = static_cast<Scalar>(update.momentum);
  with_constant(mean != nullptr, [&](auto centered) {
    with_constant(buffer != nullptr, [&](auto has_buffer) {
      parallel_for(n, kStepGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; i++) {
          const Scalar g = decayed(gradient[i], decay, value[i]);
          Scalar variance = square[i] = alpha * square[i] + fresh * g * g;
          if constexpr (centered) {
            const Scalar m = mean[i] = alpha * mean[i] + fresh * g;
            variance = std::max(variance - m * m, Scalar(0));  // rounding may leave it just below 0
          }
          Scalar direction = g / (std::sqrt(variance) + eps);
          if constexpr (has_buffer) direction = buffer[i] = momentum * buffer[i] + direction;
          value[i] -= lr * direction;
        }
      });
    });
  });
}

void muon_direction(Scalar* direction, const Scalar* gradient, Scalar* buffer, Index n, double momentum,
                    bool nesterov) {
  const auto kept = static_cast<Scalar>(momentum), fresh = static_cast<Scalar>(1 - momentum);
  with_constant(buffer != nullptr, [&](auto has_buffer) {
    with_constant(nesterov, [&](auto looks_ahead) {
      parallel_for(n, kStepGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; i++) {
          const Scalar g = gradient[i];
          direction[i] = g;
          if constexpr (has_buffer) {
            const Scalar b = buffer[i] = kept * buffer[i] + fresh * g;
            direction[i] = looks_ahead ? kept * b + fresh * g : b;
          }
        }
      });
    });
  });
}

void muon_update(Scalar* value, const Scalar* direction, Index n, double lr, double shrink) {
  const auto rate = static_cast<Scalar>(lr), kept = static_cast<Scalar>(shrink);
  parallel_for(n, kStepGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) value[i] = kept * value[i] - rate * direction[i];
  });
}

double sum_of_squares(const Scalar* x, Index n) {
  constexpr Index kLanes = 8;  // independent sums, so that the loop vectorises although the order is fixed
  std::array<double, kLanes> lanes{};
  Index i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (Index k = 0; k < kLanes; k++) {
      const auto value = static_cast<double>(x[i + k]);
      lanes[static_cast<std::size_t>(k)] += value * value;
    }
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; i < n; i++) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

void scale_in_place(Scalar* x, Scalar factor, Index n) {
  parallel_for(n, kStepGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) x[i] *= factor;
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
