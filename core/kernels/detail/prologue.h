// What a kernel does to images as it reads them, so that the result need not be stored.
#pragma once

#include <limits>

#include <reel/core/kernels/detail/epilogue.h>

namespace reel::inline REEL_PRECISION::kernels {

/// A pixel of one channel as it stands, or a vector of them.
struct AsItStands {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

/// Through the channel's map and what may follow it: relu(map(x)).
struct PlanePrologue {
  PlaneMap map = {};
  Scalar low = 0;  ///< of results: 0 for a relu, else minus infinity

  template <class T>
  T operator()(T x) const {
    x = map(x);
    return x < T{} + low ? T{} + low : x;
  }
};

/// Images [N,channels,pixels] that a kernel reads as relu(map(x)), or as they stand.
struct ImagesView {
  const Scalar* data;
  ChannelMapView map = {};  ///< none where its mean is nullptr
  bool relu = false;        ///< only after a map

  ImagesView(const Scalar* data_) : data(data_) {}  // NOLINT(google-explicit-constructor): as they stand
  ImagesView(const Scalar* data_, const ChannelMapView& map_, bool relu_)
      : data(data_), map(map_), relu(relu_) {}

  PlanePrologue plane(Index c) const {
    return {PlaneMap(map, c), relu ? Scalar(0) : -std::numeric_limits<Scalar>::infinity()};
  }
  /// f(what pixels of channel c are read through)
  template <class F>
  void with_plane(Index c, F&& f) const {
    map.mean ? f(plane(c)) : f(AsItStands());
  }
  /// f(read), where read(n, v) is what the pixels v of channel first + n are read as, n < count <= kLanes
  template <class F>
  void with_planes(Index first, Index count, F&& f) const {
    if (!map.mean) return f([](Index, Vector v) { return v; });
    PlanePrologue planes[kLanes];
    for (Index n = 0; n < count; n++) planes[n] = plane(first + n);
    f([&](Index n, Vector v) { return planes[n](v); });
  }
};

}  // namespace reel::inline REEL_PRECISION::kernels
