// What a kernel does to its results on the way out, so that nobody has to read them again for it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <reel/core/kernels/detail/simd.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// max(x, 0) and dy where y > 0, of a number or a vector. A NaN and a -0 stay.
template <class T>
T relu(T x) {
  return x < T{} ? T{} : x;
}
template <class T>
T masked(T dy, T y) {
  return y <= T{} ? T{} : dy;
}

/// (x - mean[c]) scale[c] + shift[c] for channel c; shift may be nullptr.
struct ChannelMapView {
  const Scalar *mean = nullptr, *scale = nullptr, *shift = nullptr;
};

/// A power of two that makes numbers which go with this scale small before they are subtracted: neither their
/// difference nor its products then overflow. 1 for ordinary numbers. It changes no bit of a result in range.
inline Scalar unit_of(Scalar scale) {
  const Scalar size = std::abs(scale);
  if (!(size < Scalar(0x1p-10))) return 1;
  int exponent;
  std::frexp(std::max(size, std::numeric_limits<Scalar>::min()), &exponent);
  return std::ldexp(Scalar(1), exponent);
}

/// The same for one channel, of a number or a vector.
struct PlaneMap {
  Scalar unit = 1, center = 0, factor = 1, offset = 0;

  PlaneMap() = default;
  PlaneMap(Scalar mean, Scalar scale, Scalar shift, Scalar unit_)
      : unit(unit_), center(mean * unit_), factor(scale / unit_), offset(shift) {}
  PlaneMap(const ChannelMapView& map, Index c, Scalar unit_)
      : PlaneMap(map.mean[c], map.scale[c], map.shift ? map.shift[c] : 0, unit_) {}
  PlaneMap(const ChannelMapView& map, Index c) : PlaneMap(map, c, unit_of(map.scale[c])) {}

  /// (x - mean) unit
  template <class T>
  T distance(T x) const {
    return x * unit - center;
  }
  template <class T>
  T operator()(T x) const {
    return distance(x) * factor + offset;
  }
};

/// The epilogues that inner loops are compiled for, since to ask at each vector which steps there are costs time.
enum class Steps { kBias, kRelu, kMapAndRelu, kAny };  // kRelu: after a bias

/// f(std::integral_constant of them)
template <class F>
void with_steps(Steps steps, F&& f) {
  switch (steps) {
    case Steps::kBias:
      return f(std::integral_constant<Steps, Steps::kBias>());
    case Steps::kRelu:
      return f(std::integral_constant<Steps, Steps::kRelu>());
    case Steps::kMapAndRelu:
      return f(std::integral_constant<Steps, Steps::kMapAndRelu>());
    case Steps::kAny:
      return f(std::integral_constant<Steps, Steps::kAny>());
  }
}

/// The steps for one plane: the results of one channel of one image, counted by i.
struct PlaneEpilogue {
  Scalar bias = 0;
  bool mapped = false;
  PlaneMap map = {};
  const Scalar* addend = nullptr;  ///< nullptr for none
  bool relu = false;

  /// y[i] from what the kernel has computed.
  Scalar apply(Scalar v, Index i) const { return without_bias(v + bias, i); }
  Scalar without_bias(Scalar v, Index i) const { return last_steps(v, addend ? addend[i] : 0); }
  /// The same of some results at once, with their part of the addend.
  Vector apply(Vector v, Vector addend_part) const { return last_steps(v + bias, addend_part); }
  /// The same where the steps are known, and what is asked for the part of the addend if there is one.
  template <Steps kSteps, class Part = Vector()>
  [[gnu::always_inline]] Vector apply(Vector v, const Part& addend_part = no_addend) const {
    if constexpr (kSteps == Steps::kBias) {
      return v + bias;
    } else if constexpr (kSteps == Steps::kRelu) {
      return kernels::relu(v + bias);
    } else if constexpr (kSteps == Steps::kMapAndRelu) {
      return kernels::relu(map(v + bias));
    } else {
      return apply(v, addend ? addend_part() : Vector{});
    }
  }

 private:
  static Vector no_addend() { return Vector{}; }

  template <class T>
  T last_steps(T v, T addend_part) const {
    if (mapped) v = map(v);
    if (addend) v += addend_part;
    return relu ? kernels::relu(v) : v;
  }
};

/// y = relu(map(v + bias) + addend), where v is what the kernel computes for images y [N,channels,pixels].
struct EpilogueView {
  const Scalar* bias = nullptr;    ///< [channels], or nullptr
  ChannelMapView map = {};         ///< none where its mean is nullptr
  const Scalar* addend = nullptr;  ///< in y's layout, or nullptr
  bool relu = false;

  Steps steps() const {
    if (addend || (map.mean && !relu)) return Steps::kAny;
    if (map.mean) return Steps::kMapAndRelu;
    return relu ? Steps::kRelu : Steps::kBias;
  }
  /// For the plane of channel c that begins at y + first.
  PlaneEpilogue plane(Index c, Index first) const {
    return {.bias = bias ? bias[c] : 0,
            .mapped = map.mean != nullptr,
            .map = map.mean ? PlaneMap(map, c) : PlaneMap(),
            .addend = addend ? addend + first : nullptr,
            .relu = relu};
  }
};

}  // namespace reel::inline REEL_PRECISION::kernels
