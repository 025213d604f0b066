// Muon, with AdamW for what is no matrix.
#pragma once

#include <reel/core/copied_by_member.h>
#include <reel/optim/adam.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

/// What Muon multiplies the learning rate of a matrix [rows,columns] by.
enum class AdjustLr {
  kOriginal,       ///< sqrt(max(1, rows / columns)); Jordan et al.
  kMatchRmsAdamW,  ///< 0.2 sqrt(max(rows, columns)): steps as large as AdamW's; Liu et al., arXiv:2502.16982
  kSpectralUnclamped,  ///< sqrt(rows / columns); J. Bernstein, "Deriving Muon", 2025
};
struct MuonOptions {
  double lr = 1e-3;           ///< learning rate of the matrices
  double weight_decay = 0.1;  ///< w -= lr * weight_decay * w, with the rate that is not adjusted
  double momentum = 0.95;
  bool nesterov = true;
  double eps = 1e-7;   ///< above 0: a matrix is divided by its norm, or by this where the norm is less
  Index ns_steps = 5;  ///< of Newton and Schulz, 0 to 99
  AdjustLr adjust_lr_fn = AdjustLr::kOriginal;
  bool use_muon = true;     ///< false: AdamW for matrices, too, as of embeddings and last layers
  AdamWOptions adamw = {};  ///< of what AdamW updates
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// w -= lr * O with O the orthogonalised momentum: b = momentum * b + (1 - momentum) * g, starting from 0, or with
/// Nesterov's (1 - momentum) * g + momentum * b; of its singular values, five steps of Newton and Schulz make numbers
/// near 1. As torch.optim.Muon, but in Scalar, not bfloat16; K. Jordan et al., "Muon: An optimizer for hidden layers in
/// neural networks", 2024; Bernstein and Newhouse, arXiv:2409.20325.
/// A matrix is a parameter of two and more dimensions, taken as [size(0),rest]: the weight of a convolution is
/// [C_out,C_in*Kh*Kw]. Others, as biases and the weights of norms, are updated by AdamW:
///   Muon muon{{{net.body.parameters(), {.lr = 0.02, .adamw = {.lr = 3e-4}}},
///              {net.head.parameters(), {.use_muon = false, .adamw = {.lr = 3e-4}}}}};
/// A group with both is two of the groups that are counted in lr(), schedules and messages: first its matrices, then
/// the others, each with its own rate.
class Muon : public Optimizer {
 public:
  explicit Muon(Located<std::vector<Parameter*>> parameters, MuonOptions options = {});
  explicit Muon(const ParameterGroups<MuonOptions>& groups);

 private:
  struct Group {
    MuonOptions options;
    bool by_adamw;
  };
  void check_options(const MuonOptions& options) const;
  void add(const std::vector<Parameter*>& parameters, const Group& group);

  std::span<const char* const> state_names() const override;
  bool needs_state(std::size_t i, std::size_t group) const override;
  void reserve(const Slot& slot) override;
  void update(Slot& slot, const Tensor& gradient, std::int64_t t, bool fresh) override;
  double& lr_of(std::size_t group) override;
  double& momentum_of(std::size_t group) override;

  std::vector<Group> groups_;
  Tensor scratch_;  // of the largest matrix so far
};

}  // namespace reel::inline REEL_PRECISION
