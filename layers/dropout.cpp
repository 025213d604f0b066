#include <reel/layers/dropout.h>

#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {

Dropout::Dropout(double p, Location where) : p_(p) {
  Call("Dropout", where).check<Error>(p >= 0 && p < 1, "p is {}, it must be in [0, 1)", p);
}

Var Dropout::forward(Var x) { return dropout(x, p_, is_training()); }

}  // namespace reel::inline REEL_PRECISION
