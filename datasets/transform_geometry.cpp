// The transforms that move pixels.
#include <algorithm>
#include <cmath>
#include <utility>

#include <reel/datasets/detail/resample.h>
#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Where position i of a line of n pixels is seen in the mirrors at both ends: -1 at 1, n at n - 2.
Index reflect(Index i, Index n) {
  if (i < 0) return -i;
  return i < n ? i : 2 * (n - 1) - i;
}

// As window_of(), with the image mirrored outside of it.
Image reflected_window_of(const Image& image, Index top, Index left, Size2 size) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2];
  Image result = blank_image(channels, size);
  Scalar* to = result.pixels.data();
  for (Index c = 0; c < channels; c++) {
    for (Index y = 0; y < size.h; y++) {
      const Scalar* row = image.pixels.data() + (c * height + reflect(top + y, height)) * width;
      for (Index x = 0; x < size.w; x++) *to++ = row[reflect(left + x, width)];
    }
  }
  return result;
}

struct CropWindow {
  Index top, left;
  Size2 size;
};

// The largest in the middle of the image whose ratio is in the interval.
CropWindow middle_window(Index height, Index width, const Interval& ratio) {
  const double h = static_cast<double>(height), w = static_cast<double>(width);
  Size2 size(height, width);
  if (w / h < ratio.low) size.h = std::max<Index>(1, rounded(w / ratio.low));
  if (w / h > ratio.high) size.w = std::max<Index>(1, rounded(h * ratio.high));
  return {(height - size.h) / 2, (width - size.w) / 2, size};
}

CropWindow random_window(Index height, Index width, const RandomResizedCropOptions& options,
                         const RandomStream& random) {
  const RandomStream places = random.substream(0);
  for (std::uint64_t i = 0; i < 2 * kTries; i += 2) {
    const double area = static_cast<double>(height * width) * drawn(random, i, options.scale);
    const double ratio = drawn_by_logarithm(random, i + 1, options.ratio);
    const Size2 size(rounded(std::sqrt(area / ratio)), rounded(std::sqrt(area * ratio)));
    if (size.h < 1 || size.w < 1 || size.h > height || size.w > width) continue;
    return {below(places, i, height - size.h + 1), below(places, i + 1, width - size.w + 1), size};
  }
  return middle_window(height, width, options.ratio);
}

Affine random_affine_of(Index height, Index width, const RandomAffineOptions& options,
                        const RandomStream& random) {
  const auto moved = [&](std::uint64_t index, Index length, double part) {
    return static_cast<double>(rounded(drawn(random, index, Interval(part * static_cast<double>(length)))));
  };
  return {.degrees = drawn(random, 0, options.degrees),
          .translate_x = moved(1, width, options.translate_x),
          .translate_y = moved(2, height, options.translate_y),
          .scale = drawn(random, 3, options.scale),
          .shear_x = drawn(random, 4, options.shear),
          .shear_y = drawn(random, 5, options.shear_y)};
}

}  // namespace

Transform random_horizontal_flip(Located<double> p) {
  OptionCheck("random_horizontal_flip", p.where).within("p", p, 0, 1);
  return [p = p.value](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_horizontal_flip", image);
    if (random.uniform(0) >= p) return;
    Scalar* row = image.pixels.data();
    for (Index i = 0; i < channels * height; i++, row += width) std::reverse(row, row + width);
  };
}

Transform random_vertical_flip(Located<double> p) {
  OptionCheck("random_vertical_flip", p.where).within("p", p, 0, 1);
  return [p = p.value](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_vertical_flip", image);
    if (random.uniform(0) >= p) return;
    for (Index c = 0; c < channels; c++) {
      Scalar* top = image.pixels.data() + c * height * width;
      Scalar* bottom = top + (height - 1) * width;
      for (; top < bottom; top += width, bottom -= width) std::swap_ranges(top, top + width, bottom);
    }
  };
}

Transform random_crop(RandomCropOptions options, Location where) {
  const OptionCheck check("random_crop", where);
  check.count("padding", options.padding, 0, kMaxSide);
  if (options.size) check_side(check, *options.size);
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
    const Index top = below(random, 0, down + 1) - options.padding,
                left = below(random, 1, right + 1) - options.padding;
    const auto window = options.mode == PaddingMode::kZeros ? window_of : reflected_window_of;
    image = window(image, top, left, size);
  };
}

Transform center_crop(Size2 size, Location where) {
  check_side(OptionCheck("center_crop", where), size);
  return [size](Image& image, const RandomStream&) {
    image_size("center_crop", image);
    image = middle_of(image, size);
  };
}

Transform resize(Size2 size, ResizeOptions options, Location where) {
  check_side(OptionCheck("resize", where), size);
  return [size, options](Image& image, const RandomStream&) {
    image_size("resize", image);
    image = resized(std::move(image), size, options);
  };
}

Transform resize_shorter_side(Located<Index> size, ResizeOptions options) {
  OptionCheck("resize_shorter_side", size.where).count("size", size, 1, kMaxSide);
  return [size = size.value, options](Image& image, const RandomStream&) {
    const auto [channels, height, width] = image_size("resize_shorter_side", image);
    image = resized(std::move(image), covering_size(height, width, size), options);
  };
}

Transform random_resized_crop(Size2 size, RandomResizedCropOptions options, Location where) {
  const OptionCheck check("random_resized_crop", where);
  check_side(check, size);
  check_interval(check, "scale", options.scale, 0, 1);
  check_ratio(check, options.ratio);
  return [size, options](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_resized_crop", image);
    const CropWindow window = random_window(height, width, options, random);
    image = resized(window_of(image, window.top, window.left, window.size), size,
                    {.interpolation = options.interpolation});
  };
}

Transform random_affine(RandomAffineOptions options, Location where) {
  constexpr double kLeastScale = 1e-3, kMostScale = 1e3, kMostShear = 89, kMostDegrees = 360;
  const OptionCheck check("random_affine", where);
  check_interval(check, "degrees", options.degrees, -kMostDegrees, kMostDegrees);
  check_interval(check, "scale", options.scale, kLeastScale, kMostScale);
  check_interval(check, "shear", options.shear, -kMostShear, kMostShear);
  check_interval(check, "shear_y", options.shear_y, -kMostShear, kMostShear);
  check.within("translate_x", options.translate_x, 0, 1);
  check.within("translate_y", options.translate_y, 0, 1);
  return [options](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_affine", image);
    const Affine drawn_affine = random_affine_of(height, width, options, random);
    image = affine(image, inverse_affine_matrix(drawn_affine), options.interpolation);
  };
}

}  // namespace reel::inline REEL_PRECISION
