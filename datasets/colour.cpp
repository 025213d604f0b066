#include <reel/datasets/detail/colour.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace reel::inline REEL_PRECISION {
namespace {

using Colour = std::array<Scalar, 3>;  // red, green, blue

// By the weights that torchvision has, whose sum is 0.9999.
Scalar grey_of(const Colour& x) {
  constexpr auto kRed = static_cast<Scalar>(0.2989), kGreen = static_cast<Scalar>(0.587),
                 kBlue = static_cast<Scalar>(0.114);
  return kRed * x[0] + kGreen * x[1] + kBlue * x[2];
}

Index pixels_of(const Image& image) { return image.shape[1] * image.shape[2]; }

Colour colour_at(const Image& image, Index i) {
  const Scalar* x = image.pixels.data() + i;
  const Index plane = pixels_of(image);
  return {x[0], x[plane], x[2 * plane]};
}

template <class F>
void change_colours(Image& image, F change) {
  const Index plane = pixels_of(image);
  for (Index i = 0; i < plane; i++) {
    const Colour changed = change(colour_at(image, i));
    for (std::size_t c = 0; c < 3; c++)
      image.pixels[c * static_cast<std::size_t>(plane) + static_cast<std::size_t>(i)] = changed[c];
  }
}

// factor x + (1 - factor) other
Scalar blended(Scalar x, Scalar other, Scalar factor) {
  return std::clamp<Scalar>(factor * x + (1 - factor) * other, 0, 1);
}

double mean_grey(const Image& image) {
  double sum = 0;
  for (Index i = 0; i < pixels_of(image); i++) {
    sum += static_cast<double>(image.shape[0] == 1 ? image.pixels[static_cast<std::size_t>(i)]
                                                   : grey_of(colour_at(image, i)));
  }
  return sum / static_cast<double>(pixels_of(image));
}

struct Hsv {
  Scalar hue, saturation, value;  // hue on a circle of length 1
};

Hsv hsv_of(const Colour& x) {
  const auto [low, high] = std::minmax({x[0], x[1], x[2]});
  const Scalar range = high - low;
  if (range == 0) return {0, 0, high};
  // The nearest primary colour, and how far it is to the next or the last one.
  const std::size_t nearest = high == x[0] ? 0 : high == x[1] ? 1 : 2;
  const Scalar sixths =
      2 * static_cast<Scalar>(nearest) + (x[(nearest + 1) % 3] - x[(nearest + 2) % 3]) / range;
  return {sixths / 6, range / high, high};
}

Colour colour_of(const Hsv& x) {
  const Scalar hue = x.hue - std::floor(x.hue), sixths = 6 * hue, whole = std::floor(sixths),
               part = sixths - whole;
  const Scalar low = x.value * (1 - x.saturation), falling = x.value * (1 - x.saturation * part),
               rising = x.value * (1 - x.saturation * (1 - part));
  switch (static_cast<int>(whole) % 6) {
    case 0:
      return {x.value, rising, low};
    case 1:
      return {falling, x.value, low};
    case 2:
      return {low, x.value, rising};
    case 3:
      return {low, falling, x.value};
    case 4:
      return {rising, low, x.value};
    default:
      return {x.value, low, falling};
  }
}

}  // namespace

void adjust_brightness(Image& image, double factor) {
  for (Scalar& x : image.pixels) x = blended(x, 0, static_cast<Scalar>(factor));
}

void adjust_contrast(Image& image, double factor) {
  const auto mean = static_cast<Scalar>(mean_grey(image));
  for (Scalar& x : image.pixels) x = blended(x, mean, static_cast<Scalar>(factor));
}

void adjust_saturation(Image& image, double factor) {
  if (image.shape[0] == 1) return;
  change_colours(image, [by = static_cast<Scalar>(factor)](Colour x) {
    const Scalar grey = grey_of(x);
    for (Scalar& part : x) part = blended(part, grey, by);
    return x;
  });
}

void adjust_hue(Image& image, double turn) {
  if (image.shape[0] == 1) return;
  change_colours(image, [by = static_cast<Scalar>(turn)](const Colour& x) {
    const Hsv hsv = hsv_of(x);
    return colour_of({hsv.hue + by, hsv.saturation, hsv.value});
  });
}

void make_grey(Image& image, Index channels) {
  const Index plane = pixels_of(image);
  std::vector<Scalar> grey(image.pixels.begin(), image.pixels.begin() + plane);
  if (image.shape[0] == 3) {
    for (Index i = 0; i < plane; i++) grey[static_cast<std::size_t>(i)] = grey_of(colour_at(image, i));
  }
  image.shape = image.shape.with(0, channels);
  image.pixels.clear();
  for (Index c = 0; c < channels; c++) image.pixels.insert(image.pixels.end(), grey.begin(), grey.end());
}

}  // namespace reel::inline REEL_PRECISION
