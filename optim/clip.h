// Limits on gradients.
#pragma once

#include <span>

#include <reel/core/location.h>
#include <reel/core/parameter.h>

namespace reel::inline REEL_PRECISION {

/// Where the Euclidean norm of all gradients together is above `max_norm`, multiplies each of them by
/// max_norm / (norm + 1e-6); what Var::grad() of a tape shows stays. Tied parameters are one, whose gradient
/// is the sum of theirs. Returns the norm before; 0 where no parameter has a gradient. A norm that is not
/// finite spoils the gradients, as in torch.nn.utils.clip_grad_norm_: check what is returned. max_norm below
/// 0 is an Error. Pascanu, Mikolov and Bengio, arXiv:1211.5063.
double clip_grad_norm(Located<std::span<Parameter* const>> parameters, double max_norm);

}  // namespace reel::inline REEL_PRECISION
