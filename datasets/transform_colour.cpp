// The transforms that change colours.
#include <algorithm>
#include <array>
#include <utility>

#include <reel/datasets/detail/colour.h>
#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {
namespace {

// The image's channels, 1 or 3.
Index colour_channels(const char* transform, const Image& image) {
  const Index channels = image_size(transform, image).channels;
  if (channels != 1 && channels != 3) {
    throw ShapeError(
        fmt::format("{}: image {} has {} channels, 1 (grey) or 3 (red, green, blue) are expected", transform,
                    image.shape, channels));
  }
  return channels;
}

std::array<std::size_t, 4> random_order(const RandomStream& random) {
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  for (std::size_t i = 3; i > 0; i--) std::swap(order[i], order[random.below(i, i + 1)]);
  return order;
}

}  // namespace

Transform color_jitter(ColorJitterOptions options, Location where) {
  const OptionCheck check("color_jitter", where);
  check.non_negative("brightness", options.brightness);
  check.non_negative("contrast", options.contrast);
  check.non_negative("saturation", options.saturation);
  check.within("hue", options.hue, 0, 0.5);
  return [options](Image& image, const RandomStream& random) {
    colour_channels("color_jitter", image);
    const std::array strengths{options.brightness, options.contrast, options.saturation, options.hue};
    constexpr std::array kAdjust{adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue};
    for (const std::size_t i : random_order(random.substream(0))) {
      const double strength = strengths[i];
      if (strength == 0) continue;
      const Interval range =
          kAdjust[i] == adjust_hue ? Interval(strength) : Interval(std::max(0.0, 1 - strength), 1 + strength);
      kAdjust[i](image, drawn(random, i, range));
    }
  };
}

Transform to_grayscale(Located<Index> channels) {
  OptionCheck("to_grayscale", channels.where)
      .require(channels == 1 || channels == 3, "channels is {}, it must be 1 or 3", channels.value);
  return [channels = channels.value](Image& image, const RandomStream&) {
    colour_channels("to_grayscale", image);
    make_grey(image, channels);
  };
}

Transform random_grayscale(Located<double> p) {
  OptionCheck("random_grayscale", p.where).within("p", p, 0, 1);
  return [p = p.value](Image& image, const RandomStream& random) {
    const Index channels = colour_channels("random_grayscale", image);
    if (random.uniform(0) < p) make_grey(image, channels);
  };
}

}  // namespace reel::inline REEL_PRECISION
