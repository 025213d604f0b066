#include <reel/datasets/detail/mixup.h>

#include <algorithm>
#include <cmath>

namespace reel::inline REEL_PRECISION {
namespace {

// The logarithm of a number of Gamma(alpha), as main + boost / alpha: for a small alpha neither the number
// nor the quotient need be a double.
struct LogGamma {
  double main, boost;
};

LogGamma log_gamma_variate(double alpha, const RandomStream& random) {
  const double boosted = alpha < 1 ? alpha + 1 : alpha;
  const double d = boosted - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  const RandomStream normals = random.substream(0), uniforms = random.substream(1);
  for (std::uint64_t i = 0;; i++) {
    const double x = normals.normal(i), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root, u = 1 - uniforms.uniform(i);
    if (std::log(u) >= x * x / 2 + d - d * v + d * std::log(v)) continue;
    return {std::log(d * v), alpha < 1 ? std::log(1 - random.substream(2).uniform(0)) : 0};
  }
}

}  // namespace

double mixup_share(double alpha, const RandomStream& random) {
  const LogGamma x = log_gamma_variate(alpha, random.substream(0));
  const LogGamma y = log_gamma_variate(alpha, random.substream(1));
  return 1 / (1 + std::exp(y.main - x.main + (y.boost - x.boost) / alpha));
}

}  // namespace reel::inline REEL_PRECISION
