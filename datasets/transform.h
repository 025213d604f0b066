// Changes to images on their way into a batch: normalisation and augmentation. Names, defaults and meaning are
// those of torchvision.transforms.v2 for tensors of numbers in [0, 1], where nothing else is said.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <vector>

#include <reel/core/copied_by_member.h>
#include <reel/core/location.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>
#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION {

/// One image, [C,H,W] row-major.
struct Image {
  Shape shape;
  std::vector<Scalar> pixels;
};

/// Changes an image in place, its shape too where it likes, but for equal shapes always to the same one. The
/// numbers of `random` depend on (seed, epoch, sample) alone, so an image looks the same whatever the batch
/// size and the thread. A transform is called on the Loader's threads, with several workers by them at once,
/// and once on a blank image when the Loader is made, so that one that does not fit the data set is an error
/// there.
///
/// Any function will do; those below throw an Error for wrong options when they are made and a ShapeError for
/// an image that they do not fit. What they draw does not depend on the number of channels: with the same
/// random numbers an image and its mask are moved alike, the mask with Interpolation::kNearest.
using Transform = std::function<void(Image& image, const RandomStream& random)>;

/// One after the other, each with random numbers of its own.
Transform compose(std::vector<Transform> transforms);

/// From `low` to `high`, of which numbers are drawn evenly; of one number d, from -d to d.
struct Interval : CopiedByMember {
  double low, high;
  constexpr Interval(double both_ways) : low(-both_ways), high(both_ways) {}
  constexpr Interval(double lowest, double highest) : low(lowest), high(highest) {}
};

// ---- Where the pixels lie.

/// Mirrors left and right, or top and bottom, with probability p.
Transform random_horizontal_flip(Located<double> p = 0.5);
Transform random_vertical_flip(Located<double> p = 0.5);

/// What lies around an image: zeros, or the image mirrored at its outermost row or column.
enum class PaddingMode { kZeros, kReflect };

struct RandomCropOptions {
  Index padding = 0;                       ///< rows and columns added on each side before the crop
  std::optional<Size2> size = {};          ///< of the result; that of the image where absent
  PaddingMode mode = PaddingMode::kZeros;  ///< kReflect needs less padding than the image has rows or columns
};
/// A window at a random place of the padded image.
Transform random_crop(RandomCropOptions options = {}, Location where = {});
template <std::integral Size, class... Rest>
void random_crop(Size, Rest...) {
  static_assert(detail::kNever<Size>, "options have names: random_crop({.padding = 2, .size = 28})");
}
/// The middle of the image, with zeros around where it is smaller than that.
Transform center_crop(Size2 size, Location where = {});

struct ResizeOptions {
  Interpolation interpolation = Interpolation::kBilinear;
  /// Of kBilinear, where the image gets smaller: each pixel is a mean of all that it stands for, not of the four
  /// around its centre.
  bool antialias = true;
};
/// To that height and width, as torch.nn.functional.interpolate(align_corners=False). Of one number, both are
/// that.
Transform resize(Size2 size, ResizeOptions options = {}, Location where = {});
/// The shorter side to `size`, the other in proportion, rounded down: what torchvision's Resize makes of one
/// number.
Transform resize_shorter_side(Located<Index> size, ResizeOptions options = {});

struct RandomResizedCropOptions {
  Interval scale = {0.08, 1};         ///< the window's part of the image's area
  Interval ratio = {3. / 4, 4. / 3};  ///< its width by its height, drawn evenly by its logarithm
  Interpolation interpolation = Interpolation::kBilinear;  ///< with antialias
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// A window of random place, area and proportions, resized to `size`. Where ten of them do not fit into the
/// image, the largest in its middle whose proportions do.
Transform random_resized_crop(Size2 size, RandomResizedCropOptions options = {}, Location where = {});

struct RandomAffineOptions {
  Interval degrees = 0;     ///< of the rotation, clockwise
  Interval scale = {1, 1};  ///< above 1 the image gets larger
  Interval shear = 0;       ///< degrees by which columns lean
  Interval shear_y = 0;     ///< degrees by which rows lean
  double translate_x = 0;   ///< the most by which it is moved, to either side, as a part of its width
  double translate_y = 0;   ///< likewise of its height; both in whole pixels
  Interpolation interpolation = Interpolation::kNearest;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// Turned, moved, scaled and sheared around its centre, with zeros where nothing was, as
/// torch.nn.functional.grid_sample(align_corners=False) at torch.nn.functional.affine_grid.
Transform random_affine(RandomAffineOptions options, Location where = {});

// ---- What is left out.

/// Sets a square of `size` pixels around a random pixel to zero in all channels; the square may reach over
/// the edge. After normalize, zero is the mean.
/// T. DeVries, G. W. Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
Transform cutout(Located<Index> size);

struct RandomErasingOptions {
  double p = 0.5;                 ///< the probability that anything is erased
  Interval scale = {0.02, 0.33};  ///< the rectangle's part of the image's area
  Interval ratio = {0.3, 3.3};    ///< its height by its width, drawn evenly by its logarithm
  double value = 0;               ///< what is written there, in all channels
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// Fills a rectangle of random place, area and proportions; none where ten do not fit into the image.
/// Z. Zhong et al., "Random erasing data augmentation", arXiv:1708.04896.
Transform random_erasing(RandomErasingOptions options = {}, Location where = {});

// ---- What colour the pixels have: images of 1 or 3 channels, numbers in [0, 1].

struct ColorJitterOptions {
  double brightness = 0;  ///< b: by a factor of max(0, 1 - b) to 1 + b
  double contrast = 0;    ///< likewise the distance from the image's mean grey
  double saturation =
      0;  ///< likewise the distance from each pixel's grey; nothing for an image of one channel
  double hue =
      0;  ///< at most 0.5: the colours turn by up to that part of the circle, nothing for one channel
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// Changes those that are above 0, in random order; results are clamped to [0, 1].
Transform color_jitter(ColorJitterOptions options, Location where = {});

/// 0.2989 red + 0.587 green + 0.114 blue, in one channel or in all three. An image of one channel has its grey.
Transform to_grayscale(Located<Index> channels = 1);
/// The same in as many channels as the image has, with probability p.
Transform random_grayscale(Located<double> p = 0.1);

/// (x - mean[c]) / std[c]; one mean and one standard deviation > 0 for each channel.
Transform normalize(Located<std::vector<double>> mean, std::vector<double> std);

}  // namespace reel::inline REEL_PRECISION
