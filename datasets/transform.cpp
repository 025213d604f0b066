#include <reel/datasets/transform.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

struct Planes {
  Index channels, height, width;
};

Planes planes(const char* transform, const Image& image) {
  const Shape& s = image.shape;
  if (s.dim() != 3 || s.numel() != std::ssize(image.pixels)) {
    throw ShapeError(fmt::format("{}: image has shape {} and {} pixels, [C,H,W] is expected", transform, s,
                                 image.pixels.size()));
  }
  return {s[0], s[1], s[2]};
}

Index below(const RandomStream& random, std::uint64_t index, Index n) {
  return static_cast<Index>(random.below(index, static_cast<std::uint64_t>(n)));
}

// The window of `size` whose corner lies at (top, left) of the image; zero outside of it.
Image window(const Image& image, Size2 size, Index top, Index left) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2];
  Image result{{channels, size.h, size.w}, {}};
  result.pixels.resize(static_cast<std::size_t>(result.shape.numel()));
  const Index first = std::max<Index>(0, -left), last = std::min(size.w, width - left);
  if (first >= last) return result;
  for (Index c = 0; c < channels; c++) {
    for (Index y = std::max<Index>(0, -top); y < std::min(size.h, height - top); y++) {
      const Scalar* row = image.pixels.data() + (c * height + top + y) * width + left;
      std::copy(row + first, row + last, result.pixels.data() + (c * size.h + y) * size.w + first);
    }
  }
  return result;
}

}  // namespace

Transform normalize(std::vector<double> mean, std::vector<double> std) {
  if (mean.empty() || mean.size() != std.size()) {
    throw Error(
        fmt::format("normalize: {} means and {} standard deviations, one of each per channel is expected",
                    mean.size(), std.size()));
  }
  for (std::size_t c = 0; c < std.size(); c++) {
    if (!(std::isfinite(mean[c]) && std[c] > 0 && std::isfinite(std[c]))) {
      throw Error(
          fmt::format("normalize: channel {} has mean {} and standard deviation {}, a finite mean and a "
                      "deviation above 0 are expected",
                      c, mean[c], std[c]));
    }
  }
  return [mean = std::move(mean), std = std::move(std)](Image& image, const RandomStream&) {
    const auto [channels, height, width] = planes("normalize", image);
    if (channels != std::ssize(mean)) {
      throw ShapeError(fmt::format("normalize: image {} has {} channels, {} means and deviations were given",
                                   image.shape, channels, mean.size()));
    }
    Scalar* pixel = image.pixels.data();
    for (std::size_t c = 0; c < mean.size(); c++) {
      const auto center = static_cast<Scalar>(mean[c]), deviation = static_cast<Scalar>(std[c]);
      for (Index i = 0; i < height * width; i++, pixel++) *pixel = (*pixel - center) / deviation;
    }
  };
}

Transform random_crop(RandomCropOptions options) {
  if (options.padding < 0)
    throw Error(fmt::format("random_crop: padding is {}, 0 or more is expected", options.padding));
  if (options.size && (options.size->h < 1 || options.size->w < 1)) {
    throw Error(fmt::format("random_crop: size is {}x{}, at least 1x1 is expected", options.size->h,
                            options.size->w));
  }
  return [options](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = planes("random_crop", image);
    const Size2 size = options.size.value_or(Size2{height, width});
    const Index down = height + 2 * options.padding - size.h, right = width + 2 * options.padding - size.w;
    if (down < 0 || right < 0) {
      throw ShapeError(fmt::format("random_crop: image {} with padding {} is smaller than the crop of {}x{}",
                                   image.shape, options.padding, size.h, size.w));
    }
    image = window(image, size, below(random, 0, down + 1) - options.padding,
                   below(random, 1, right + 1) - options.padding);
  };
}

Transform random_horizontal_flip(double p) {
  if (!(p >= 0 && p <= 1)) throw Error(fmt::format("random_horizontal_flip: p is {}, 0 to 1 is expected", p));
  return [p](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = planes("random_horizontal_flip", image);
    if (random.uniform(0) >= p) return;
    Scalar* row = image.pixels.data();
    for (Index i = 0; i < channels * height; i++, row += width) std::reverse(row, row + width);
  };
}

Transform cutout(Index size) {
  if (size < 1) throw Error(fmt::format("cutout: size is {}, 1 or more is expected", size));
  return [size](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = planes("cutout", image);
    const Index top = below(random, 0, height) - size / 2, left = below(random, 1, width) - size / 2;
    const Index first = std::max<Index>(0, left), last = std::min(width, left + size);
    for (Index c = 0; c < channels; c++) {
      for (Index y = std::max<Index>(0, top); y < std::min(height, top + size); y++) {
        Scalar* row = image.pixels.data() + (c * height + y) * width;
        std::fill(row + first, row + last, Scalar{0});
      }
    }
  };
}

Transform compose(std::vector<Transform> transforms) {
  for (std::size_t i = 0; i < transforms.size(); i++) {
    if (!transforms[i]) throw Error(fmt::format("compose: transform {} is empty", i));
  }
  return [transforms = std::move(transforms)](Image& image, const RandomStream& random) {
    for (std::size_t i = 0; i < transforms.size(); i++) transforms[i](image, random.substream(i));
  };
}

}  // namespace reel::inline REEL_PRECISION
