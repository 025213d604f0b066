// What a data set is to a Loader.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/shape.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

enum class Split { kTrain, kTest };

/// One sample, as a data set gives it. Its tensors are its own: nobody writes to them afterwards.
struct Sample {
  std::vector<Tensor> inputs;     ///< usually one, such as an image [C,H,W]
  Tensor target = {};             ///< numbers or a mask; undefined where the target is a class, or nothing
  std::optional<int> label = {};  ///< a class, an index into class_names() where there are any
};

/// Samples of any kind: a data set of one's own says how many there are, and gives each of them. All are like
/// sample 0: as many inputs of the same shapes, a target and a label where that has one.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// Number of samples.
  virtual Index size() const = 0;
  /// Sample i, 0 <= i < size(). Safe from several threads at once, as whatever is const here. What it throws
  /// comes out of the loop over a Loader, with the number of the sample.
  virtual Sample sample(Index i) const = 0;
  /// Of the labels 0, 1, ...; none unless a data set says otherwise.
  virtual const std::vector<std::string>& class_names() const;
};

/// Images of one shape, each of a class.
class LabelledImages : public Dataset {
 public:
  /// Of every image: [C,H,W].
  virtual Shape sample_shape() const = 0;
  /// Writes image i, 0 <= i < size(), as sample_shape().numel() numbers in [0, 1].
  virtual void read(Index i, std::span<Scalar> pixels) const = 0;
  /// The class of image i.
  virtual int label(Index i) const = 0;

  /// Image i and its label.
  Sample sample(Index i) const final;
};

}  // namespace reel::inline REEL_PRECISION
