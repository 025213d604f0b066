#include <reel/datasets/transform.h>

#include <utility>

#include <fmt/format.h>

#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {

Transform compose(std::vector<Transform> transforms) {
  for (std::size_t i = 0; i < transforms.size(); i++) {
    if (!transforms[i]) throw Error(fmt::format("compose: transform {} is empty", i));
  }
  return [transforms = std::move(transforms)](Image& image, const RandomStream& random) {
    for (std::size_t i = 0; i < transforms.size(); i++) transforms[i](image, random.substream(i));
  };
}

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

}  // namespace reel::inline REEL_PRECISION
