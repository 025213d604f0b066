// Functions of one number, element by element.
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {}  // namespace reel::inline REEL_PRECISION
