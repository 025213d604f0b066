#include <reel/datasets/transform.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kMaxCrop = Index{1} << 15;  // pixels of a side or its padding: far from any overflow

struct ImageSize {
  Index channels, height, width;
};

ImageSize image_size(const char* transform, const Image& image) {
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
void copy_window(const Image& image, Image& result, Index top, Index left) {
  const auto [channels, height, width] = image_size("random_crop", image);
  const Index rows = result.shape[1], columns = result.shape[2];
  const Index first = std::max<Index>(0, -left), last = std::min(columns, width - left);
  if (first >= last) return;
  for (Index c = 0; c < channels; c++) {
    for (Index y = std::max<Index>(0, -top); y < std::min(rows, height - top); y++) {
      const Scalar* row = image.pixels.data() + (c * height + top + y) * width + left;
      std::copy(row + first, row + last, result.pixels.data() + (c * rows + y) * columns + first);
    }
  }
}

// Where position i of a line of n pixels is seen in the mirrors at both ends: -1 at 1, n at n - 2.
Index reflect(Index i, Index n) {
  if (i < 0) return -i;
  return i < n ? i : 2 * (n - 1) - i;
}

// The same with the image mirrored outside of it.
void copy_reflected_window(const Image& image, Image& result, Index top, Index left) {
  const auto [channels, height, width] = image_size("random_crop", image);
  const Index rows = result.shape[1], columns = result.shape[2];
  Scalar* to = result.pixels.data();
  for (Index c = 0; c < channels; c++) {
    for (Index y = 0; y < rows; y++) {
      const Scalar* row = image.pixels.data() + (c * height + reflect(top + y, height)) * width;
      for (Index x = 0; x < columns; x++) *to++ = row[reflect(left + x, width)];
    }
  }
}

}  // namespace

Transform normalize(Located<std::vector<double>> mean, std::vector<double> std) {
  const OptionCheck check("normalize", mean.where);
  check.require(!mean.empty() && mean.size() == std.size(),
                "{} means and {} standard deviations, one of each per channel is expected", mean.size(),
                std.size());
  for (std::size_t c = 0; c < std.size(); c++) {
    // As Scalars: in float 1e-50 is 0.
    check.finite(fmt::format("the mean of channel {}", c), static_cast<Scalar>(mean[c]));
    check.positive(fmt::format("the standard deviation of channel {}", c), static_cast<Scalar>(std[c]));
  }
  return [mean = std::move(mean), std = std::move(std)](Image& image, const RandomStream&) {
    const auto [channels, height, width] = image_size("normalize", image);
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

Transform random_crop(RandomCropOptions options, Location where) {
  const OptionCheck check("random_crop", where);
  check.count("padding", options.padding, 0, kMaxCrop);
  if (options.size) {
    check.count("the height of size", options.size->h, 1, kMaxCrop);
    check.count("the width of size", options.size->w, 1, kMaxCrop);
  }
  return [options](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_crop", image);
    const Size2 size = options.size.value_or(Size2{height, width});
    const Index down = height + 2 * options.padding - size.h, right = width + 2 * options.padding - size.w;
    if (down < 0 || right < 0) {
      throw ShapeError(fmt::format("random_crop: image {} with padding {} is smaller than the crop of {}x{}",
                                   image.shape, options.padding, size.h, size.w));
    }
    if (options.mode == PaddingMode::kReflect && options.padding >= std::min(height, width)) {
      throw ShapeError(
          fmt::format("random_crop: padding {} is to be reflected from image {}, less than its "
                      "height and width is expected",
                      options.padding, image.shape));
    }
    Image result{{channels, size.h, size.w}, {}};
    result.pixels.resize(static_cast<std::size_t>(result.shape.numel()));
    const auto copy = options.mode == PaddingMode::kZeros ? copy_window : copy_reflected_window;
    copy(image, result, below(random, 0, down + 1) - options.padding,
         below(random, 1, right + 1) - options.padding);
    image = std::move(result);
  };
}

Transform random_horizontal_flip(Located<double> p) {
  OptionCheck("random_horizontal_flip", p.where).within("p", p, 0, 1);
  return [p = p.value](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_horizontal_flip", image);
    if (random.uniform(0) >= p) return;
    Scalar* row = image.pixels.data();
    for (Index i = 0; i < channels * height; i++, row += width) std::reverse(row, row + width);
  };
}

Transform cutout(Located<Index> size) {
  OptionCheck("cutout", size.where).count("size", size, 1, kMaxCrop);
  return [size = size.value](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("cutout", image);
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
