#include <reel/datasets/mixup.h>

#include <algorithm>
#include <cmath>

namespace reel::inline REEL_PRECISION {
namespace {

// The logarithm of a number of Gamma(alpha): for a small alpha the number itself may be too small for a double.
double log_gamma_variate(double alpha, const RandomStream& random) {
  const double boosted = alpha < 1 ? alpha + 1 : alpha;
  const double d = boosted - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  const RandomStream normals = random.substream(0), uniforms = random.substream(1);
  for (std::uint64_t i = 0;; i++) {
    const double x = normals.normal(i), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root, u = 1 - uniforms.uniform(i);
    if (std::log(u) >= x * x / 2 + d - d * v + d * std::log(v)) continue;
    const double boost = alpha < 1 ? std::log(1 - random.substream(2).uniform(0)) / alpha : 0;
    return std::log(d * v) + boost;
  }
}

}  // namespace

double mixup_share(double alpha, const RandomStream& random) {
  const double x = log_gamma_variate(alpha, random.substream(0));
  const double y = log_gamma_variate(alpha, random.substream(1));
  return 1 / (1 + std::exp(y - x));
}

}  // namespace reel::inline REEL_PRECISION
