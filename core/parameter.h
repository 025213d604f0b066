// A tensor that training changes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// A named tensor with its gradient. Tape::backward adds to `grad`, which is undefined (no storage) until the
/// first backward and after zero_grad. Several threads may run backward for one parameter, each on a tape of
/// its own; whatever else reads or changes `grad` or `value` waits until they are done (see Tape).
///
/// Parameters whose values share storage are tied, as in `decoder.value = encoder.value`: one weight under
/// several names, each with the gradient of its own uses. An optimiser, clip_grad_norm and Ema take it once,
/// with the sum of the gradients, as PyTorch does a tied parameter; files keep it under each name.
///
/// A parameter whose value is undefined is absent, as the bias of a layer without: Tape::parameter gives an
/// empty Var for it, and it is in no list of a module and in no file.
struct Parameter {
  std::string name;
  Tensor value;
  Tensor grad = {};
  bool trainable = true;  ///< false: no gradient is computed for it
  int optimizers = 0;     ///< how many living optimisers update it; they count

  bool defined() const { return value.defined(); }
};

/// For each of `parameters`, the position of the first that has its storage: its own unless tied to an
/// earlier one.
std::vector<std::size_t> first_of_ties(std::span<Parameter* const> parameters);

/// Adds to the gradient of a weight, undefined at first, that of a tied parameter; another count of
/// elements is a ShapeError. What `total` shared before stays as it is.
void add_tied_gradient(Tensor& total, const Tensor& gradient);

}  // namespace reel::inline REEL_PRECISION
