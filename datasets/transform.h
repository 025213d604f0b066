// Changes to images on their way into a batch: normalisation and augmentation.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <reel/core/location.h>
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
/// an image that they do not fit.
using Transform = std::function<void(Image& image, const RandomStream& random)>;

/// (x - mean[c]) / std[c]; one mean and one standard deviation > 0 for each channel.
Transform normalize(Located<std::vector<double>> mean, std::vector<double> std);

/// What lies around an image: zeros, or the image mirrored at its outermost row or column.
enum class PaddingMode { kZeros, kReflect };

struct RandomCropOptions {
  Index padding = 0;                       ///< rows and columns added on each side before the crop
  std::optional<Size2> size = {};          ///< of the result; that of the image where absent
  PaddingMode mode = PaddingMode::kZeros;  ///< kReflect needs less padding than the image has rows or columns
};
/// A window at a random place of the padded image.
Transform random_crop(RandomCropOptions options = {}, Location where = {});

/// Mirrors left and right with probability p.
Transform random_horizontal_flip(Located<double> p = 0.5);

/// Sets a square of `size` pixels around a random pixel to zero in all channels; the square may reach over
/// the edge. After normalize, zero is the mean.
/// T. DeVries, G. W. Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
Transform cutout(Located<Index> size);

/// One after the other, each with random numbers of its own.
Transform compose(std::vector<Transform> transforms);

}  // namespace reel::inline REEL_PRECISION
