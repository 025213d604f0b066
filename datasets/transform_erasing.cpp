// The transforms that leave a part of the image out.
#include <algorithm>
#include <cmath>

#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {
namespace {

// The part of it that lies in the image.
void fill_rectangle(Image& image, Index top, Index left, Size2 size, Scalar value) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2];
  const Index first = std::max<Index>(0, left), last = std::min(width, left + size.w);
  for (Index c = 0; c < channels; c++) {
    for (Index y = std::max<Index>(0, top); y < std::min(height, top + size.h); y++) {
      Scalar* row = image.pixels.data() + (c * height + y) * width;
      std::fill(row + first, row + last, value);
    }
  }
}

}  // namespace

Transform cutout(Located<Index> size) {
  OptionCheck("cutout", size.where).count("size", size, 1, kMaxSide);
  return [size = size.value](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("cutout", image);
    const Index top = below(random, 0, height) - size / 2, left = below(random, 1, width) - size / 2;
    fill_rectangle(image, top, left, size, 0);
  };
}

Transform random_erasing(RandomErasingOptions options, Location where) {
  const OptionCheck check("random_erasing", where);
  check.within("p", options.p, 0, 1);
  check_interval(check, "scale", options.scale, 0, 1);
  check_ratio(check, options.ratio);
  check.finite("value", static_cast<Scalar>(options.value));
  return [options](Image& image, const RandomStream& random) {
    const auto [channels, height, width] = image_size("random_erasing", image);
    const RandomStream places = random.substream(0);
    if (random.uniform(0) >= options.p) return;
    for (std::uint64_t i = 0; i < 2 * kTries; i += 2) {
      const double area = static_cast<double>(height * width) * drawn(random, i + 1, options.scale);
      const double ratio = drawn_by_logarithm(random, i + 2, options.ratio);
      const Size2 size(rounded(std::sqrt(area * ratio)), rounded(std::sqrt(area / ratio)));
      if (size.h >= height || size.w >= width) continue;
      const Index top = below(places, i, height - size.h + 1),
                  left = below(places, i + 1, width - size.w + 1);
      fill_rectangle(image, top, left, size, static_cast<Scalar>(options.value));
      return;
    }
  };
}

}  // namespace reel::inline REEL_PRECISION
