// What the tests of transforms share.
#pragma once

#include <cstdint>

#include <reel/datasets/transform.h>

namespace reel_test::inline REEL_PRECISION {

/// Pixel i is i + 1, so that no pixel is zero.
inline reel::Image counted(const reel::Shape& shape) {
  reel::Image image{shape, {}};
  for (reel::Index i = 0; i < shape.numel(); i++) image.pixels.push_back(static_cast<reel::Scalar>(i + 1));
  return image;
}

/// The same in [0, 1].
inline reel::Image counted_to_one(const reel::Shape& shape) {
  reel::Image image = counted(shape);
  for (reel::Scalar& x : image.pixels) x /= static_cast<reel::Scalar>(shape.numel());
  return image;
}

inline reel::Image changed(const reel::Transform& transform, reel::Image image, std::uint64_t stream = 0) {
  transform(image, reel::RandomStream(1, stream));
  return image;
}

}  // namespace reel_test::inline REEL_PRECISION
