// What a data set is to a Loader.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION {

enum class Split { kTrain, kTest };

/// Labelled images. Reading is const and safe from several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// Number of samples.
  virtual Index size() const = 0;
  /// Of every image: [C,H,W].
  virtual Shape sample_shape() const = 0;
  /// Writes image i, 0 <= i < size(), as sample_shape().numel() numbers in [0, 1].
  virtual void read(Index i, std::span<Scalar> pixels) const = 0;
  /// The class of image i, an index into class_names().
  virtual int label(Index i) const = 0;
  virtual const std::vector<std::string>& class_names() const = 0;
};

}  // namespace reel::inline REEL_PRECISION
