// The images of the lessons.
#pragma once

#include <reel/core/tensor.h>

namespace reel::apps {

/// The textbook's images, [images,channels,3,3]: the first channel counts from 0 to 8, the next from 1 to 9,
/// and so on through all channels of all images.
inline Tensor counting_images(Index images, Index channels) {
  Tensor x = Tensor::uninitialized({images, channels, 3, 3});
  for (Index i = 0; i < x.numel(); i++) {
    const Index channel = i / 9, pixel = i % 9;
    x.mutable_data()[i] = static_cast<Scalar>(channel + pixel);
  }
  return x;
}

}  // namespace reel::apps
