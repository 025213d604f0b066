#include <reel/layers/dropout.h>

#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {

Dropout::Dropout(Located<double> p) : p_(p) { detail::check_dropout(OptionCheck("Dropout", p.where), p); }

Var Dropout::forward(Var x) { return dropout(x, p_, is_training()); }

}  // namespace reel::inline REEL_PRECISION
