// How samples become a batch. Internal to datasets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/random.h>
#include <reel/datasets/loader.h>

namespace reel::inline REEL_PRECISION::detail {

/// Reads samples, transforms and mixes them as a Loader's options say, and puts them together. Safe from several
/// threads at once, where the data set and the transforms are.
class Collator {
 public:
  /// Reads sample 0, which all others must be like, and tries the transforms on blank images. `label` begins the
  /// messages. All three must outlive the Collator; the seed is given.
  Collator(const std::string& label, const Dataset& dataset, const LoaderOptions& options);

  /// Of the first input in a batch, after the transform.
  const Shape& sample_shape() const { return inputs_.front().made; }
  /// What is not like sample 0 is an Error, of shapes a ShapeError, with the number of the sample; so is what the
  /// data set or a transform throws.
  Batch collate(std::span<const Index> samples, const RandomStream& random_of_epoch) const;

 private:
  // An input or the target of every sample.
  struct Part {
    std::string name;            // "input 0"
    std::string transform_name;  // "transform"
    const Transform* transform;  // of an image; nullptr: none
    Shape read, made;            // as the data set gives it; in a batch
  };

  Part part_of(const std::string& name, const Tensor& first, const std::string& transform_name,
               const Transform* transform) const;
  void check_mixup(const Sample& first) const;
  Batch room_for(Index count) const;
  void put(Index i, const RandomStream& random, Batch& batch, Index row, Image& scratch) const;
  void check(const Sample& sample) const;
  void mix(const RandomStream& random, Batch& batch, Index row, Batch& other, Image& scratch) const;

  const std::string& label_;
  const Dataset& dataset_;
  const LoaderOptions& options_;
  Index classes_;  // 0: labels may be anything
  std::vector<Part> inputs_;
  std::optional<Part> target_;
  bool labelled_ = false;
};

}  // namespace reel::inline REEL_PRECISION::detail
