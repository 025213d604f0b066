// The gradient of a node, while backward sums it up. Internal to the tape's .cpp files.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// A sum of contributions. A relu that ran together with the op before it leaves its own backward to that op:
/// its gradient goes there as it is, to be masked where the relu's output is not above 0. That is done when
/// somebody wants the sum, or by the op itself on its way, which saves a pass over the gradient.
class Gradient {
 public:
  bool defined() const { return sum_.defined(); }
  /// As it stands, with or without its mask.
  const Tensor& sum() const { return sum_; }
  /// What is still to be masked; nullptr where nothing is.
  const Tensor* unmasked() const { return relu_ ? &sum_ : nullptr; }

  /// The gradient, masked; value_at(node) gives a relu's output.
  template <class F>
  const Tensor& total(F&& value_at) {
    if (relu_) {
      make_own();
      kernels::mask_in_place(sum_.mutable_data(), value_at(*relu_).data(), sum_.numel());
      relu_.reset();
    }
    return sum_;
  }

  void start(Tensor dy) { sum_ = std::move(dy); }
  void clear() { *this = Gradient(); }
  /// Nobody else shares its storage from here on.
  void make_own() {
    if (!sum_.unique()) sum_ = sum_.clone();
  }

  /// Adds dx, which is `masked` where it is 0 already wherever the relu's output is not above 0. `relu` is
  /// the output of a fused relu's node where it is stored, else nullptr.
  void add(Tensor dx, bool masked, const Tensor* relu) {
    if (!sum_.defined()) {
      sum_ = std::move(dx);
      is_masked_ = masked;
      return;
    }
    make_own();
    if (relu) {  // saves a pass later
      kernels::add_masked(sum_.mutable_data(), dx.data(), relu->data(), dx.numel());
      is_masked_ = true;
    } else {
      kernels::add_in_place(sum_.mutable_data(), dx.data(), dx.numel());
      is_masked_ = is_masked_ && masked;
    }
  }

  /// Hands a fused relu's gradient on to the op before it, whose gradient is nothing else.
  void hand_to(Gradient& before, std::size_t relu) {
    before.sum_ = std::move(sum_);
    if (!is_masked_) before.relu_ = relu;
  }

 private:
  Tensor sum_;
  std::optional<std::size_t> relu_;  // the node of the relu by whose output it is still to be masked
  bool is_masked_ = false;           // of a fused relu: the sum is 0 already where its output is
};

}  // namespace reel::inline REEL_PRECISION
