// A data set that is held in tensors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

/// Tensors [N,...], of which sample i has row i each, as a torch.utils.data.TensorDataset. The tensors are
/// shared, not copied: what is written to them later is in later samples.
class TensorDataset : public Dataset {
 public:
  /// One input or several, TensorDataset({x, y}, targets), with targets, with labels, or alone. No input or an
  /// undefined one is an Error; a tensor without dimensions, or one of another N than input 0, is a ShapeError,
  /// and so are labels that are not N.
  explicit TensorDataset(const Located<Tensor>& inputs, Tensor targets = {});
  explicit TensorDataset(const Located<std::vector<Tensor>>& inputs, Tensor targets = {});
  TensorDataset(const Located<Tensor>& inputs, std::vector<int> labels,
                std::vector<std::string> class_names = {});
  TensorDataset(const Located<std::vector<Tensor>>& inputs, std::vector<int> labels,
                std::vector<std::string> class_names = {});

  Index size() const override { return inputs_[0].size(0); }
  Sample sample(Index i) const override;
  const std::vector<std::string>& class_names() const override { return class_names_; }

 private:
  void check(Location where) const;

  std::vector<Tensor> inputs_;
  Tensor targets_;
  std::optional<std::vector<int>> labels_;
  std::vector<std::string> class_names_;
};

}  // namespace reel::inline REEL_PRECISION
