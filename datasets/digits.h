// Handwritten digits drawn by our own code: data to train on where no file and no network is at hand.
#pragma once

#include <cstdint>

#include <reel/core/location.h>
#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

/// `count` grey images [1,28,28] of the digits 0 to 9 in the style of MNIST: light ink (up to 1) on a dark
/// ground (0), every pixel a multiple of 1/255; the digit's longer side fills a box of 20 pixels and its
/// centre of mass lies within a pixel of column 14, row 14 (counted from 0).
///
/// Each digit follows one of several ways in which people write it, with random slant, rotation, aspect,
/// size, place, stroke width, pen pressure, wobble and blur. Images 10k to 10k + 9 show each digit once, in
/// random order, so the classes are even.
///
/// Image i depends on (seed, split, i) alone: on no thread, no earlier image and no count. The two splits
/// draw from streams apart, so that no test image of any seed is a training image of any other. Nothing is
/// stored: read() draws the image anew, in some 10 microseconds.
class GeneratedDigits : public LabelledImages {
 public:
  /// A count below 1 or above 2^53 is an Error.
  GeneratedDigits(Located<Index> count, std::uint64_t seed, Split split = Split::kTrain);

  Index size() const override { return count_; }
  Shape sample_shape() const override { return {1, 28, 28}; }
  /// An index out of range is an Error, room for other than 784 pixels a ShapeError.
  void read(Index i, std::span<Scalar> pixels) const override;
  /// The digit that image i shows. An index out of range is an Error.
  int label(Index i) const override;
  const std::vector<std::string>& class_names() const override;

 private:
  void check_index(Index i) const;

  std::uint64_t stream_of(Index i) const;

  Index count_;
  std::uint64_t seed_;
  Split split_;
};

}  // namespace reel::inline REEL_PRECISION
